/** The transition table of place-order, cell by cell, as sentences. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeOrder } from '../src/sagas/place-order.saga.ts';
import {
  cancelled,
  committed,
  confirmed,
  declined,
  orderId,
  outOfStock,
  paid,
  placed,
  refunded,
  rejected,
  released,
  reserved,
  sku,
} from './messages.ts';
import { type Scenario, scenario } from '@sagakit/saga/testing';

const reserving = () => scenario(placeOrder).given(placed).sends('ReserveInventory');
const paying = () => reserving().reply(reserved).sends('ProcessPayment');
const confirming = () => paying().reply(paid).sends('ConfirmOrder');
const committing = () => confirming().reply(confirmed).sends('CommitInventory');
const completed = () => committing().reply(committed).is('completed').sends();
/** Declined: the reservation is being undone. */
const releasing = () => paying().reply(declined).sends('ReleaseInventory').is('compensating');
const rejecting = () => releasing().reply(released).sends('RejectOrder');
const compensated = () => rejecting().reply(rejected).is('compensated').sends();
/** The payment timed out: it is being undone first. */
const refunding = () => paying().timesOut().sends('RefundPayment').is('compensating');

describe('the happy path', () => {
  it('reserves, takes the payment, confirms, commits, and tells each step', () => {
    scenario(placeOrder)
      .given(placed)
      .expect('SagaStarted', 'ReserveInventory')
      .reply(reserved)
      .expect('ProcessPayment')
      .reply(paid)
      .expect('ConfirmOrder')
      .reply(confirmed)
      .expect('CommitInventory')
      .reply(committed)
      .expect('SagaCompleted')
      .is('completed');
  });
  it('asks for what was ordered, and charges the total', () => {
    scenario(placeOrder)
      .given(placed)
      .sendsWith({ orderId, lines: [{ sku, quantity: 2 }] })
      .sends('ReserveInventory')
      .reply(reserved)
      .sendsWith({ orderId, amount: { amount: 1000, currency: 'EUR' }, token: 'tok_visa' });
  });
  it('passes on what the payment step learned', () => {
    paying().reply(paid).sendsWith({ orderId, paymentId: 'pay_1' });
  });
});

describe('the card token', () => {
  const known = (saga: Scenario) => JSON.stringify(saga.state()).includes('tok_visa');
  it('is known as long as the saga runs, and while it is undone', () => {
    for (const under of [reserving(), paying(), confirming(), committing(), releasing(), rejecting()])
      assert.equal(known(under), true);
  });
  it('is forgotten when the saga has ended, however', () => {
    assert.equal(known(completed()), false);
    assert.equal(known(compensated()), false);
    const late = paying().cancel().reply(paid).reply(refunded).reply(released).reply(cancelled);
    assert.equal(known(late.is('compensated')), false);
  });
});

describe('a start', () => {
  it('is ignored while the saga runs', () => void reserving().given(placed).ignored('started-already'));
  it('is ignored while it is undone', () => void releasing().given(placed).ignored('started-already'));
  it('is ignored after the end', () => {
    completed().given(placed).ignored('started-already');
    compensated().given(placed).ignored('started-already');
  });
});

describe('a refusal', () => {
  it('of the first step undoes nothing and rejects the order', () => {
    scenario(placeOrder)
      .given(placed)
      .expect('SagaStarted', 'ReserveInventory')
      .reply(outOfStock)
      .expect('SagaCompensating', 'RejectOrder')
      .is('compensating')
      .because('refused')
      .reply(rejected)
      .expect('SagaCompensated')
      .is('compensated');
  });
  it('of the payment releases the stock, then rejects', () => {
    paying()
      .reply(declined)
      .expect('SagaCompensating', 'ReleaseInventory')
      .reply(released)
      .sendsWith({ orderId, reason: 'payment-declined' })
      .expect('RejectOrder')
      .reply(rejected)
      .expect('SagaCompensated');
  });
  it('names the reason to the customer', () => {
    reserving().reply(outOfStock).sendsWith({ orderId, reason: 'out-of-stock' });
  });
});

describe('timed out before the point of no return', () => {
  it('of the first step: its outcome is unknown, so it is undone', () => {
    reserving()
      .timesOut()
      .expect('SagaStepTimedOut', 'SagaCompensating', 'ReleaseInventory')
      .because('silent')
      .reply(released)
      .sendsWith({ orderId, reason: 'no-answer' })
      .sends('RejectOrder');
  });
  it('of the payment: refund, then release, then reject: in reverse', () => {
    paying()
      .timesOut()
      .sends('RefundPayment')
      .reply(refunded)
      .sends('ReleaseInventory')
      .reply(released)
      .sends('RejectOrder');
  });
  it('is judged by the stored deadline only', () => {
    reserving().alarm().ignored('deadline-moved');
    releasing().alarm().ignored('deadline-moved');
  });
});

describe('timed out after the point of no return', () => {
  it('means: send again, each time after twice the wait', () => {
    confirming()
      .waitsSeconds(120)
      .timesOut()
      .followsEarlierSend()
      .sends('ConfirmOrder')
      .waitsSeconds(240)
      .timesOut()
      .sends('ConfirmOrder')
      .waitsSeconds(300)
      .timesOut()
      .sends('ConfirmOrder')
      .waitsSeconds(300)
      .is('running');
  });
  it('pages somebody after the fifth, and goes on sending', () => {
    confirming()
      .timesOut()
      .timesOut()
      .timesOut()
      .timesOut()
      .sends('ConfirmOrder', 'ConfirmOrder', 'ConfirmOrder', 'ConfirmOrder')
      .is('running')
      .timesOut()
      .expect('ConfirmOrder', 'SagaNeedsAttention')
      .is('needs-attention')
      .timesOut()
      .expect('ConfirmOrder')
      .is('needs-attention')
      .reply(confirmed)
      .is('running')
      .sends('CommitInventory');
  });
  it('counts every send for the operator', () => {
    const state = confirming().timesOut().timesOut().state();
    assert.equal(state?.steps.find(({ name }) => name === 'confirm-order')?.attempts, 3);
  });
});

describe('an undo that times out', () => {
  it('means: send again, for ever', () => {
    refunding()
      .timesOut()
      .followsEarlierSend()
      .sends('RefundPayment')
      .timesOut()
      .timesOut()
      .timesOut()
      .sends('RefundPayment', 'RefundPayment', 'RefundPayment')
      .timesOut()
      .expect('RefundPayment', 'SagaNeedsAttention')
      .is('needs-attention')
      .timesOut()
      .sends('RefundPayment')
      .reply(refunded)
      .is('compensating')
      .sends('ReleaseInventory');
  });
  it('of the telling at the end too', () => {
    rejecting().timesOut().followsEarlierSend().sends('RejectOrder').reply(rejected).is('compensated');
  });
});

describe('late, repeated and foreign answers', () => {
  it('an answer again is a duplicate', () => {
    paying().reply(reserved).ignored('duplicate-reply');
    confirming().reply(paid).ignored('duplicate-reply');
    committing().reply(confirmed).ignored('duplicate-reply');
  });
  it('the answer to the first send counts after a second one', () => {
    confirming()
      .timesOut()
      .sends('ConfirmOrder')
      .reply(confirmed)
      .sends('CommitInventory')
      .reply(confirmed)
      .ignored('duplicate-reply');
  });
  it('the answer to something that was never asked is foreign', () => {
    reserving().reply(paid).ignored('foreign-reply');
    reserving().reply(released).ignored('foreign-reply');
    committing().reply(refunded).ignored('foreign-reply');
  });
  it('no answer to a do changes an undo, not even a refusal', () => {
    refunding().reply(paid).ignored('reply-after-undo');
    refunding().reply(declined).ignored('reply-after-undo');
    releasing().reply(reserved).ignored('reply-after-undo');
  });
  it('an acknowledgement of what nobody asked to undo yet is none', () => {
    refunding().reply(released).ignored('reply-after-undo');
  });
  it('an acknowledgement again is named', () => {
    refunding()
      .reply(refunded)
      .sends('ReleaseInventory')
      .reply(refunded)
      .ignored('duplicate-acknowledgement');
  });
  it('after the end nothing counts', () => {
    completed().reply(committed).ignored('reply-after-end');
    compensated().reply(released).ignored('reply-after-end');
    compensated().reply(paid).ignored('reply-after-end');
  });
  it('before the start nothing counts', () =>
    void scenario(placeOrder).reply(reserved).ignored('message-before-start'));
});

describe('deadlines after the end', () => {
  it('change nothing', () => {
    completed().alarm().ignored('deadline-after-end');
    compensated().alarm().ignored('deadline-after-end');
  });
});

describe('a cancellation', () => {
  it('turns back with the step in flight when that is answered', () => {
    paying()
      .cancel()
      .sends()
      .reply(paid)
      .sends('RefundPayment')
      .because('cancelled')
      .reply(refunded)
      .sends('ReleaseInventory');
  });
  it('ends in CancelOrder, not in RejectOrder', () => {
    reserving()
      .cancel()
      .reply(reserved)
      .sends('ReleaseInventory')
      .reply(released)
      .sends('CancelOrder')
      .reply(cancelled)
      .is('compensated');
  });
  it('beats the refusal that follows', () => {
    paying().cancel().reply(declined).sends('ReleaseInventory').because('cancelled');
    reserving().cancel().reply(outOfStock).sends('CancelOrder').because('cancelled');
  });
  it('beats the time-out that follows', () =>
    void paying().cancel().timesOut().sends('RefundPayment').because('cancelled'));
  it('after the point of no return waits for the end, and then a second saga begins', () => {
    confirming()
      .cancel()
      .sends()
      .reply(confirmed)
      .sends('CommitInventory')
      .reply(committed)
      .is('completed')
      .thenCancels();
  });
  it('of a complete order starts the second saga', () => void completed().cancel().thenCancels());
  it('while undoing or after it changes nothing', () => {
    releasing().cancel().ignored('cancel-while-undoing');
    compensated().cancel().ignored('cancel-after-undo');
  });
  it('is kept while somebody is needed', () => {
    confirming()
      .timesOut()
      .timesOut()
      .timesOut()
      .timesOut()
      .timesOut()
      .is('needs-attention')
      .cancel()
      .reply(confirmed)
      .reply(committed)
      .thenCancels();
  });
});

describe('an operator', () => {
  it('need not retry a step that was sent and may still be answered', () => {
    reserving().retry().ignored('retry-not-needed');
  });
  it('sends again what the saga waits for, in a new round of waiting', () => {
    confirming()
      .timesOut()
      .timesOut()
      .sends('ConfirmOrder', 'ConfirmOrder')
      .retry()
      .followsEarlierSend()
      .sends('ConfirmOrder')
      .waitsSeconds(120);
    refunding().retry().sends('RefundPayment');
  });
  it('frees a saga that needs attention', () => {
    refunding()
      .timesOut()
      .timesOut()
      .timesOut()
      .timesOut()
      .timesOut()
      .is('needs-attention')
      .retry()
      .is('compensating');
  });
  it('turns a saga back at once, with the step in flight unknown', () => {
    paying()
      .compensate()
      .sends('RefundPayment')
      .because('operator')
      .reply(refunded)
      .reply(released)
      .sends('ReleaseInventory', 'RejectOrder');
  });
  it('cannot turn back past the point of no return', () =>
    void confirming().compensate().ignored('compensate-after-no-return'));
  it('cannot turn back what is turned back', () =>
    void releasing().compensate().ignored('compensate-while-undoing'));
  it('is told that the saga has ended', () => {
    completed().retry().ignored('operator-after-end');
    compensated().compensate().ignored('operator-after-end');
  });
});
