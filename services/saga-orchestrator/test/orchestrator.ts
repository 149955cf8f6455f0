/** One order's saga with what the runtime adds around `react`: real envelopes, a row that is kept, an alarm that rings. No database. */
import assert from 'node:assert/strict';
import type { Envelope } from '@order-saga/contracts/envelope';
import type { Message } from '@order-saga/contracts/message';
import { localMessage } from '@order-saga/messaging/participant';
import { createRows, type Row } from '@order-saga/messaging/rows';
import { type Cause, causeOf, noCause, seal } from '@order-saga/messaging/seal';
import { newTraceparent } from '@order-saga/messaging/trace';
import type { Incoming, Outcome } from '@order-saga/messaging/unit';
import { definitionsOf } from '../src/engine/release.ts';
import { COMPENSATE, DEADLINE, RETRY } from '../src/messages/inputs.ts';
import { moveSaga } from '../src/messages/move-saga.ts';
import type { SagaRow } from '../src/messages/saga-row.ts';
import { RELEASE } from '../src/sagas/all.ts';
import { orderId } from './messages.ts';

export const SOURCE = '/saga-orchestrator';
export const START = Date.parse('2026-01-01T12:00:00.000Z');

export function orchestrator() {
  const rows = createRows<SagaRow>([]);
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
    return moveSaga(rows.get(orderId), incoming, { definitions, source: SOURCE, now: new Date(now), keep });
  }
  const row = (): SagaRow => rows.get(orderId).state as SagaRow;
  /** An input of the orchestrator itself, about the command that is unanswered; it has no partition. */
  function local(type: string, data: object, traceparent = row().lastCommand.traceparent): Outcome {
    const cause = { ...row().lastCommand, traceparent };
    return move({ message: localMessage({ id: cause.id ?? '', source: 'local', type, subject: orderId, data }, cause), cause });
  }

  return {
    /** A message from outside: the first of a story, or (with `asked`) what a command or message led to. */
    tell(message: Message, asked?: Envelope, partition: number | null = 1): Outcome & { told: Envelope } {
      const cause: Cause = asked ? causeOf(asked) : noCause('story', newTraceparent());
      const told = seal(message, cause, { source: '/participant', sequence: 1, now: new Date(now) });
      const incoming = { message: told, cause: causeOf(told) };
      return { ...move(partition === null ? incoming : { ...incoming, partition }), told };
    },
    /** The alarm rings when what is waited for is due. */
    silence(): Outcome {
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

export const typesOf = ({ messages }: Pick<Outcome, 'messages'>): string[] => messages.map(({ type }) => type);

export function commandIn({ messages }: Pick<Outcome, 'messages'>, type: string): Envelope {
  const found = messages.find((message) => message.type === type);
  assert.ok(found, `${type} in ${messages.map((message) => message.type).join(', ')}`);
  return found;
}
