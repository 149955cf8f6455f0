/**
 * A small participant on a real database: a counter per booking that replies each KeepRooms with RoomsKept.
 */
import {
  catalogue,
  KeepRooms,
  RoomsKept,
  RoomsFreed,
  FreeRooms,
  type BookingId,
  type RoomId,
} from '@sagakit/testing/bookings';
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import { type Decision, decide, IncompatibleReleaseError } from '../src/aggregate/decision.ts';
import { type Observe, unobserved } from '../src/observe.ts';
import { handleRow } from '../src/aggregate/participant.ts';
import { createReplays, type Replays } from '../src/replay/replay.ts';
import { newId } from '@sagakit/resilience/ids';
import { createIdentityMap, type Row } from '../src/aggregate/rows.ts';
import { saveRows } from '@sagakit/postgres/statement';
import type { Aggregate } from '../src/aggregate/unit.ts';
import { type Participant, participant, messagesOf } from '@sagakit/testing/participant';

const { envelopeOf } = messagesOf(catalogue, 'rooms.commands');

export type Seen = { parked: string[]; duplicates: number; ignored: string[]; batches: number[] };

export function recorder(): { observe: Observe; seen: Seen } {
  const seen: Seen = { parked: [], duplicates: 0, ignored: [], batches: [] };
  const observe: Observe = {
    ...unobserved,
    batch: (messages) => void seen.batches.push(messages),
    ignored: (_type, reason) => void seen.ignored.push(reason),
    duplicate: (count) => void (seen.duplicates += count),
    parked: (reason) => void seen.parked.push(reason),
  };
  return { observe, seen };
}

/** The decision about this booking throws. */
export const UNDECIDABLE = '0198c0de-0000-7000-8000-000000000bad' as BookingId;
/** Bookings whose KeepRooms cannot be decided about; a release of better code takes them out. */
export const undecidable = new Set<BookingId>([UNDECIDABLE]);
/** Bookings that a later release has taken further than this one can follow. */
export const ofLaterRelease = new Set<BookingId>();

const lines = [{ room: 'R-0001' as RoomId, quantity: 1 }];
type Counter = { count: number };

function count(counter: Counter | undefined, { data }: EnvelopeOf<typeof KeepRooms>): Decision<Counter> {
  if (ofLaterRelease.has(data.bookingId)) throw new IncompatibleReleaseError('this release does not have it');
  if (undecidable.has(data.bookingId)) throw new Error('this booking cannot be decided about');
  return decide<Counter>({ count: (counter?.count ?? 0) + 1 }, [
    RoomsKept({ bookingId: data.bookingId, lines }),
  ]);
}

/** The undo: it is taken in every state and does not count. */
const release = (counter: Counter | undefined, { data }: EnvelopeOf<typeof FreeRooms>): Decision<Counter> =>
  decide<Counter>(counter ?? { count: 0 }, [RoomsFreed({ bookingId: data.bookingId, lines: [] })]);

export function counters({ afterLoad }: { afterLoad?: () => Promise<void> } = {}): Aggregate {
  return {
    handles: [KeepRooms, FreeRooms],
    async load(tx, incoming) {
      const keys = [...new Set(incoming.map(({ message }) => message.subject))];
      const { rows: stored } = await tx.query<Row<Counter> & { count: number }>(
        'select key, version, sequence, replies, count from counters where key = any($1) order by key for update',
        [keys],
      );
      await afterLoad?.();
      const rows = createIdentityMap<Counter>(
        stored.map(({ count: own, ...row }) => ({ ...row, state: { count: own } })),
      );
      return {
        handle: (input, now) =>
          handleRow(rows.get(input.message.subject), input, {
            writer: { source: '/test', catalogue },
            now,
            decide: (state, message) =>
              message.type === 'FreeRooms'
                ? release(state, message as EnvelopeOf<typeof FreeRooms>)
                : count(state, message as EnvelopeOf<typeof KeepRooms>),
            keep: (row) => rows.set(row),
          }),
        save: () => [
          ...saveRows(
            'counters-save',
            `insert into counters as c select key, version, sequence, replies, count
             from jsonb_to_recordset($1::jsonb) as r (key text, version int, sequence int, replies jsonb, count int)
             on conflict (key) do update
               set version = excluded.version, sequence = excluded.sequence, replies = excluded.replies, count = excluded.count
               where c.version = excluded.version - 1`,
            rows.changed().map(({ state, ...row }) => ({ ...row, ...state })),
          ),
        ],
      };
    },
  };
}

export type Fixture = Participant & { replays: Replays; seen: Seen };

export async function fixture(aggregate: Aggregate = counters()): Promise<Fixture> {
  const { observe, seen } = recorder();
  const own = await participant({
    catalogue,
    consumer: 'test',
    aggregates: [aggregate],
    observe,
    effectLeaseMs: 1_000,
  });
  await own.query(
    'create table counters (key text primary key, version int not null, sequence int not null, replies jsonb not null, count int not null check (count < 100))',
  );
  return { ...own, replays: createReplays({ ...own.options, effectKinds: [] }), seen };
}

export const someBooking = () => newId() as BookingId;

export const commandFor = (
  bookingId: BookingId,
  command: typeof KeepRooms | typeof FreeRooms = KeepRooms,
): Envelope => envelopeOf(command({ bookingId }));
