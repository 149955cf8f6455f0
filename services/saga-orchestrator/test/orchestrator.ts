/**
 * One order's saga with what the runtime adds around `react`: real envelopes, a row that is kept, an alarm
 * that rings. No database.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import type { Envelope } from '@sagakit/messages/envelope';
import type { Message } from '@sagakit/messages/define';
import { type Incoming, localMessage } from '@sagakit/messaging/incoming';
import { createIdentityMap, type Row } from '@sagakit/messaging/aggregate/rows';
import { type MessageContext, contextOf, rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { newTraceparent } from '@sagakit/messaging/trace';
import type { Outcome } from '@sagakit/messaging/aggregate/unit';
import { definitionsOf } from '@sagakit/saga/release';
import { COMPENSATE, DEADLINE, RETRY } from '@sagakit/saga/runner/inputs';
import { moveSaga } from '@sagakit/saga/runner/move-saga';
import type { SagaRow } from '@sagakit/saga/runner/saga-row';
import { RELEASE } from '../src/sagas/all.ts';
import { orderId } from './messages.ts';

export const SOURCE = '/saga-orchestrator';
const START = Date.parse('2026-01-01T12:00:00.000Z');

export function orchestrator() {
  const rows = createIdentityMap<SagaRow>([]);
  const definitions = definitionsOf(RELEASE);
  let now = START;
  /** How often the row was kept. */
  let kept = 0;

  function move(incoming: Incoming): Outcome {
    const keep = (row: Row<SagaRow> & { state: SagaRow }) => {
      kept++;
      // What is stored is JSON.
      rows.set(JSON.parse(JSON.stringify(row)) as typeof row);
    };
    return moveSaga(rows.get(orderId), incoming, {
      definitions,
      writer: { source: SOURCE, catalogue },
      now: new Date(now),
      keep,
    });
  }
  const row = (): SagaRow => rows.get(orderId).state as SagaRow;
  /** An input of the orchestrator itself, about the command that is unanswered; it has no partition. */
  function local(type: string, data: object, traceparent = row().lastCommand.traceparent): Outcome {
    const cause = { ...row().lastCommand, traceparent };
    return move({
      message: localMessage({ id: cause.id ?? '', source: 'local', type, subject: orderId, data }, cause),
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
      rows.set({ ...rows.get(orderId), state: { ...row(), alarmAt: at } });
    },
    row,
    sequence: () => rows.get(orderId).sequence,
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
