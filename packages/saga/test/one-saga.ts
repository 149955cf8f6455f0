/**
 * One booking's saga with what the runtime adds around `react`: real envelopes, a row that is kept, an alarm
 * that rings. No database.
 */
import assert from 'node:assert/strict';
import type { Envelope } from '@sagakit/messages/envelope';
import type { Message } from '@sagakit/messages/define';
import { type Incoming, localMessage } from '@sagakit/messaging/incoming';
import { createIdentityMap, type Row } from '@sagakit/messaging/aggregate/rows';
import { type MessageContext, contextOf, rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { newTraceparent } from '@sagakit/messaging/trace';
import type { Outcome } from '@sagakit/messaging/aggregate/unit';
import { COMPENSATE, DEADLINE, RETRY } from '../src/runner/inputs.ts';
import { moveSaga } from '../src/runner/move-saga.ts';
import type { SagaRow } from '../src/runner/saga-row.ts';
import { catalogue, definitionsWith, writer } from './definitions.ts';
import { bookingId } from './said.ts';

export const SOURCE = writer.source;
const START = Date.parse('2026-01-01T12:00:00.000Z');

export function oneSaga() {
  const rows = createIdentityMap<SagaRow>([]);
  const definitions = definitionsWith();
  let now = START;
  /** How often the row was kept. */
  let kept = 0;

  function move(incoming: Incoming): Outcome {
    const keep = (row: Row<SagaRow> & { state: SagaRow }) => {
      kept++;
      // What is stored is JSON.
      rows.set(JSON.parse(JSON.stringify(row)) as typeof row);
    };
    return moveSaga(rows.get(bookingId), incoming, {
      definitions,
      writer,
      now: new Date(now),
      keep,
    });
  }
  const row = (): SagaRow => rows.get(bookingId).state as SagaRow;
  /** An input of the one who runs the saga, about the command that is unanswered; it has no partition. */
  function local(type: string, data: object, traceparent = row().lastCommand.traceparent): Outcome {
    const cause = { ...row().lastCommand, traceparent };
    return move({
      message: localMessage({ id: cause.id ?? '', source: 'local', type, subject: bookingId, data }, cause),
      cause,
    });
  }

  return {
    /** A message from outside: the first of a story, or (with `asked`) what a command or message led to. */
    tell(message: Message, asked?: Envelope, partition: number | null = 1): Outcome & { told: Envelope } {
      const cause: MessageContext = asked ? contextOf(asked) : rootContext('story', newTraceparent());
      const told = toEnvelope(message, cause, {
        writer: { source: '/participant', catalogue },
        sequence: 1,
        now: new Date(now),
      });
      const incoming = { message: told, cause: contextOf(told) };
      return { ...move(partition === null ? incoming : { ...incoming, partition }), told };
    },
    /** The alarm rings when what is waited for is due. */
    timesOut(): Outcome {
      const { saga } = row();
      assert.ok('waiting' in saga);
      now = Date.parse(saga.waiting.deadline);
      return local(DEADLINE, {});
    },
    /** The alarm rings although nothing is due. */
    alarm: () => local(DEADLINE, {}),
    retry: (traceparent?: string) => local(RETRY, {}, traceparent),
    compensate: (reason: string) => local(COMPENSATE, { reason }),
    /** As if its alarm had been written. */
    setAlarm(at: string) {
      rows.set({ ...rows.get(bookingId), state: { ...row(), alarmAt: at } });
    },
    row,
    sequence: () => rows.get(bookingId).sequence,
    kept: () => kept,
  };
}

export const typesOf = ({ messages }: Pick<Outcome, 'messages'>): string[] =>
  messages.map(({ type }) => type);

export function commandIn({ messages }: Pick<Outcome, 'messages'>, type: string): Envelope {
  const found = messages.find((message) => message.type === type);
  assert.ok(found, `${type} in ${messages.map((message) => message.type).join(', ')}`);
  return found;
}
