/** What the runtime adds around `react`: envelopes, whose consequence each is, and hops. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Envelope, MAX_HOPS } from '@order-saga/contracts/envelope';
import type { Message } from '@order-saga/contracts/message';
import { localMessage } from '@order-saga/messaging/participant';
import { createRows } from '@order-saga/messaging/rows';
import { type Cause, causeOf, noCause, seal } from '@order-saga/messaging/seal';
import { newTraceparent } from '@order-saga/messaging/trace';
import { definitionsOf } from '../src/engine/release.ts';
import { DEADLINE } from '../src/messages/inputs.ts';
import { moveSaga } from '../src/messages/move-saga.ts';
import type { SagaRow } from '../src/messages/saga-row.ts';
import { RELEASE } from '../src/sagas/all.ts';
import { orderId, paid, placed, reserved } from './messages.ts';

const START = Date.parse('2026-01-01T12:00:00.000Z');

function orchestrator() {
  const rows = createRows<SagaRow>([]);
  const definitions = definitionsOf(RELEASE);
  let now = START;
  const move = (message: Envelope, cause: Cause = causeOf(message)) =>
    moveSaga(
      rows.get(orderId),
      { message, cause, partition: 1 },
      { definitions, source: '/saga-orchestrator', now: new Date(now), keep: (row) => rows.set(row) },
    ).messages;
  return {
    say: (message: Message, asked?: Envelope) =>
      move(
        seal(message, asked ? causeOf(asked) : noCause('story', newTraceparent()), {
          source: '/participant',
          sequence: 1,
          now: new Date(now),
        }),
      ),
    /** The alarm rings when what is waited for is due. */
    silence() {
      const { saga, lastCommand } = rows.get(orderId).state as SagaRow;
      assert.ok('waiting' in saga);
      now = Date.parse(saga.waiting.deadline);
      const data = { id: lastCommand.id ?? '', source: 'deadlines', type: DEADLINE, subject: orderId, data: {} };
      return move(localMessage(data, lastCommand), lastCommand);
    },
  };
}
const commandIn = (messages: Envelope[], type: string) => {
  const found = messages.find((message) => message.type === type);
  assert.ok(found, `${type} in ${messages.map((message) => message.type).join(', ')}`);
  return found;
};

describe('a command that is sent again', () => {
  it('has an id of its own and the hops of the first, however often: an undo refused for an hour does not run into the hop limit', () => {
    const own = orchestrator();
    const reserve = commandIn(own.say(placed), 'ReserveInventory');
    const pay = commandIn(own.say(reserved, reserve), 'ProcessPayment');
    const first = commandIn(own.silence(), 'RefundPayment');
    const ids = new Set([first.id]);
    let last = first;
    for (let again = 0; again < MAX_HOPS * 2; again++) {
      last = commandIn(own.silence(), 'RefundPayment');
      ids.add(last.id);
      assert.equal(last.hops, first.hops);
    }
    assert.equal(ids.size, MAX_HOPS * 2 + 1);
    assert.equal(first.causationid, pay.id, "a deadline's message names the command that stayed unanswered");
    assert.equal(last.correlationid, 'story');
  });

  it('continues the sequence without a gap, and names the saga', () => {
    const own = orchestrator();
    const begun = own.say(placed);
    const paying = own.say(reserved, commandIn(begun, 'ReserveInventory'));
    const confirming = own.say(paid, commandIn(paying, 'ProcessPayment'));
    const again = own.silence();
    const all = [...begun, ...paying, ...confirming, ...again];
    assert.deepEqual(
      all.map(({ sequence }) => Number(sequence)),
      all.map((_, at) => at + 1),
    );
    assert.equal(new Set(all.map(({ sagaid }) => sagaid)).size, 1);
  });
});
