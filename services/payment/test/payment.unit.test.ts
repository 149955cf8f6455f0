import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PaymentDeclined, PaymentProcessed, PaymentRefunded } from '@order-saga/contracts/payment';
import type { OrderId } from '@order-saga/contracts/values';
import type { Decision } from '@sagakit/messaging/aggregate/decision';
import { chargeAnswered, type Payment, processPayment, refundAnswered, refundPayment } from '../src/domain/payment.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const amount = { amount: 1000, currency: 'EUR' };
const cause = { id: 'm-1', correlationid: 'story', hops: 3, sagaid: undefined, traceparent: '00', tracestate: undefined };
const process = { data: { orderId, amount, token: 'tok_visa' } } as never;
const refund = { ...cause, subject: orderId, correlationid: 'story', data: { orderId } } as never;
const succeeded = { subject: orderId, data: { outcome: 'succeeded', paymentId: 'pay_1' } } as never;
const declined = { subject: orderId, data: { outcome: 'declined', code: 'card-declined' } } as never;
const refunded = { subject: orderId, data: {} } as never;

function of(decision: Decision<Payment>) {
  assert.equal(decision.kind, 'decided');
  const { state, messages, effects } = decision;
  return { state, types: messages.map(({ type }) => type), messages, effects };
}
const decided = () => of(processPayment(undefined, process)).state;
/** As it is loaded once the provider is being asked. */
const charging = (): Payment => ({ ...decided(), begun: true }) as Payment;
const waiting = () => of(refundPayment(charging(), refund)).state;
const processed: Payment = { status: 'PROCESSED', amount, paymentId: 'pay_1' };
const nothing = { amount: 0, currency: 'EUR' };
const nothingBack = PaymentRefunded({ orderId, amount: nothing });
const refunding: Payment = { status: 'REFUNDING', amount, paymentId: 'pay_1' };

describe('a payment', () => {
  it('is asked of the provider once', () => {
    const { state, effects, types } = of(processPayment(undefined, process));
    assert.deepEqual(state, { status: 'CHARGING', amount, begun: false, undo: undefined });
    assert.deepEqual(effects, [{ kind: 'charge', request: { amount, token: 'tok_visa' }, cancellable: true }]);
    assert.deepEqual(types, []);
    assert.deepEqual(processPayment(charging(), process), { kind: 'ignored', reason: 'still-charging' });
  });
  it('is processed when the provider says so', () => {
    const { state, messages, effects } = of(chargeAnswered(charging(), succeeded));
    assert.deepEqual(state, processed);
    assert.deepEqual(messages, [PaymentProcessed({ orderId, paymentId: 'pay_1', amount })]);
    assert.deepEqual(effects, []);
  });
  it('is declined when the provider says so, with its code', () => {
    const { state, messages, effects } = of(chargeAnswered(charging(), declined));
    assert.deepEqual(state, { status: 'DECLINED', amount, code: 'card-declined' });
    assert.deepEqual(messages, [PaymentDeclined({ orderId, code: 'card-declined' })]);
    assert.deepEqual(effects, []);
  });
  it('takes an answer of the provider once, and none that it did not ask for', () => {
    assert.deepEqual(chargeAnswered(undefined, succeeded), { kind: 'ignored', reason: 'not-charging' });
    assert.deepEqual(refundAnswered(undefined, refunded), { kind: 'ignored', reason: 'not-refunding' });
    assert.deepEqual(chargeAnswered(processed, succeeded), { kind: 'ignored', reason: 'not-charging' });
    assert.deepEqual(refundAnswered(processed, refunded), { kind: 'ignored', reason: 'not-refunding' });
  });
});

describe('a refund', () => {
  it('goes to the provider, and is acknowledged when that has answered', () => {
    const { state, effects, types } = of(refundPayment(processed, refund));
    assert.deepEqual(state, refunding);
    assert.deepEqual(effects, [{ kind: 'refund', request: { amount, paymentId: 'pay_1' } }]);
    assert.deepEqual(types, []);
    const done = of(refundAnswered(refunding, refunded));
    assert.deepEqual(done.state, { status: 'REFUNDED', amount, paymentId: 'pay_1' });
    assert.deepEqual(done.messages, [PaymentRefunded({ orderId, amount })]);
  });
  it('is never made twice', () => {
    assert.deepEqual(refundPayment(refunding, refund), { kind: 'ignored', reason: 'still-refunding' });
  });
  it('of an order never seen is acknowledged with 0 and leaves a tombstone', () => {
    const { state, messages, effects } = of(refundPayment(undefined, refund));
    assert.deepEqual([state, messages, effects], [{ status: 'UNDONE', amount: nothing }, [nothingBack], []]);
    const late = of(processPayment(state, process));
    assert.deepEqual(late.state, state);
    assert.deepEqual(late.messages, [PaymentDeclined({ orderId, code: 'undone' })]);
    assert.deepEqual(late.effects, []);
  });
  it('of a declined payment gives back nothing', () => {
    const payment: Payment = { status: 'DECLINED', amount, code: 'x' };
    const { state, messages, effects } = of(refundPayment(payment, refund));
    assert.deepEqual([state, messages, effects], [payment, [nothingBack], []]);
  });
  it('drops a charge that nobody has begun: nothing is charged, and nothing given back', () => {
    const decision = refundPayment(decided(), refund);
    assert.deepEqual(decision.kind === 'decided' && decision.drops, ['charge']);
    const { state, messages, effects } = of(decision);
    assert.deepEqual([state, messages, effects], [{ status: 'UNDONE', amount: nothing }, [nothingBack], []]);
  });
  it('waits while the charge is under way: an answer now could turn out wrong', () => {
    const { state, types, effects } = of(refundPayment(charging(), refund));
    assert.deepEqual([types, effects], [[], []]);
    assert.deepEqual(state.status === 'CHARGING' && { ...state, undo: state.undo?.id }, { ...charging(), undo: 'm-1' });
    assert.deepEqual(refundPayment(waiting(), refund), { kind: 'ignored', reason: 'refund-waits-already' });
  });
  it('that waited is made when the charge succeeded, in the name of the command that asked for it', () => {
    const { state, types, effects } = of(chargeAnswered(waiting(), succeeded));
    assert.deepEqual(state, refunding);
    assert.deepEqual(types, ['PaymentProcessed']);
    assert.deepEqual(
      effects.map(({ cause, ...own }) => ({ ...own, cause: cause?.id })),
      [{ kind: 'refund', request: { amount, paymentId: 'pay_1' }, cause: 'm-1' }],
    );
  });
  it('that waited is acknowledged with 0 when the charge was declined', () => {
    const { state, messages } = of(chargeAnswered(waiting(), declined));
    assert.deepEqual(state, { status: 'DECLINED', amount, code: 'card-declined' });
    const [first, { cause: by, ...second } = {}] = messages as { cause?: { id?: string } }[];
    assert.deepEqual([first, second], [PaymentDeclined({ orderId, code: 'card-declined' }), nothingBack]);
    assert.equal(by?.id, 'm-1');
  });
});
