/** One transaction's items, made by hand: messages as they are read, an aggregate that asks a function. */
import { catalogue, KeepRooms, FreeRooms, type BookingId } from '@sagakit/testing/bookings';
import type { Envelope } from '@sagakit/messages/envelope';
import { type DecideOptions, decideBatch } from '../../src/inbox/decide-batch.ts';
import type { EffectRow } from '../../src/effects/effect-rows.ts';
import type { Item } from '../../src/inbox/router.ts';
import type { RawRecord } from '@sagakit/kafka/record';
import { newId } from '@sagakit/resilience/ids';
import { contextOf, rootContext, toEnvelope } from '../../src/to-envelope.ts';
import type { Statement } from '@sagakit/postgres/statement';
import { newTraceparent } from '../../src/trace.ts';
import type { Aggregate, Outcome, UnitOfWork } from '../../src/aggregate/unit.ts';
import type { Incoming } from '../../src/incoming.ts';

export const NOW = new Date('2026-01-01T00:00:00Z');
export const OPTIONS: DecideOptions = { catalogue, consumer: 'test', now: NOW, blocked: new Set() };

export const booking = () => newId() as BookingId;
export const envelope = (
  bookingId: BookingId,
  command: typeof KeepRooms | typeof FreeRooms = KeepRooms,
  traceparent = newTraceparent(),
): Envelope =>
  toEnvelope(command({ bookingId }), rootContext('story', traceparent), {
    writer: { source: '/sagas', catalogue },
    sequence: 1,
    now: NOW,
  });

export type Handle = (incoming: Incoming, now: Date) => Outcome;
export const nothing: Outcome = { messages: [], effects: [] };

/** An aggregate whose unit of work decides by `handle`, and says what it was asked for. */
export function aggregateOf(
  handle: Handle,
  { save = [] as Statement[], committed = undefined as (() => void) | undefined } = {},
) {
  const seen: { incoming: Incoming; now: Date }[] = [];
  const unit: UnitOfWork = {
    handle(incoming, now) {
      seen.push({ incoming, now });
      return handle(incoming, now);
    },
    save: () => save,
    ...(committed ? { committed } : {}),
  };
  const aggregate: Aggregate = { handles: [KeepRooms, FreeRooms], load: async () => unit };
  return { aggregate, unit, seen };
}

let offset = 0;
export function itemOf(
  aggregate: Aggregate,
  message: Envelope,
  change: Partial<RawRecord> = {},
): Item & { incoming: Incoming } {
  const record: RawRecord = {
    topic: 'rooms.commands',
    partition: 0,
    offset: String(offset++),
    key: Buffer.from(message.subject),
    value: Buffer.from(JSON.stringify(message)),
    headers: [],
    ...change,
  };
  const incoming = { message, cause: contextOf(message), partition: 0 };
  return { inbox: { source: message.source, id: message.id }, record, incoming, aggregate };
}
/** What is no record: an effect's result, a deadline. */
export function localItem(aggregate: Aggregate, message: Envelope): Item & { incoming: Incoming } {
  return { inbox: undefined, incoming: { message, cause: contextOf(message) }, aggregate };
}
export const refusedItem = (record: Partial<RawRecord> = {}): Item => ({
  inbox: { source: 'kafka:rooms.commands/0', id: '7' },
  record: {
    topic: 'rooms.commands',
    partition: 0,
    offset: '7',
    key: Buffer.from('k'),
    value: null,
    headers: [],
    ...record,
  },
  refused: { reason: 'not-json', error: 'half' },
});

export const effect = (kind: string, subject: string, started = true): EffectRow => ({
  id: newId(),
  kind,
  subject,
  request: {},
  cause: rootContext('story', newTraceparent()),
  attempts: 0,
  started,
});
export const decideWith = (handle: Handle, messages: Envelope[], options: Partial<DecideOptions> = {}) => {
  const { aggregate, unit, seen } = aggregateOf(handle);
  const items = messages.map((message) => itemOf(aggregate, message));
  return {
    items,
    seen,
    decisions: decideBatch(items, new Map([[aggregate, unit]]), { ...OPTIONS, ...options }),
  };
};
