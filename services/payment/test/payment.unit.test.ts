import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
const refunding: Payment = { status: 'REFUNDING', amount, paymentId: 'pay_1' };

describe('a payment', () => {
  it('is asked of the provider once', () => {
    const { effects, types } = of(processPayment(undefined, process));
    assert.deepEqual(effects, [{ kind: 'charge', request: { amount, token: 'tok_visa' }, cancellable: true }]);
    assert.deepEqual(types, []);
    assert.deepEqual(processPayment(charging(), process), { kind: 'ignored', reason: 'still-charging' });
  });
  it('is processed when the provider says so', () => {
    const { state, types } = of(chargeAnswered(charging(), succeeded));
    assert.deepEqual(state, processed);
    assert.deepEqual(types, ['PaymentProcessed']);
  });
  it('is declined when the provider says so, with its code', () => {
    const { messages } = of(chargeAnswered(charging(), declined));
    assert.deepEqual(messages[0]?.data, { orderId, code: 'card-declined' });
  });
  it('takes an answer of the provider once', () => {
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
    assert.equal(done.state.status, 'REFUNDED');
    assert.deepEqual(done.messages[0]?.data, { orderId, amount });
  });
  it('is never made twice', () => {
    assert.deepEqual(refundPayment(refunding, refund), { kind: 'ignored', reason: 'still-refunding' });
  });
  it('of an order never seen is acknowledged with 0 and leaves a tombstone', () => {
    const { state, messages, effects } = of(refundPayment(undefined, refund));
    assert.equal(state.status, 'UNDONE');
    assert.deepEqual(messages[0]?.data, { orderId, amount: { amount: 0, currency: 'EUR' } });
    assert.deepEqual(effects, []);
    const late = of(processPayment(state, process));
    assert.deepEqual(late.messages[0]?.data, { orderId, code: 'undone' });
    assert.deepEqual(late.effects, []);
  });
  it('of a declined payment gives back nothing', () => {
    const { messages, effects } = of(refundPayment({ status: 'DECLINED', amount, code: 'x' }, refund));
    assert.deepEqual(messages[0]?.data, { orderId, amount: { amount: 0, currency: 'EUR' } });
    assert.deepEqual(effects, []);
  });
  it('drops a charge that nobody has begun: nothing is charged, and nothing given back', () => {
    const decision = refundPayment(decided(), refund);
    assert.equal(decision.kind === 'decided' && decision.drops[0], 'charge');
    const { state, messages, effects } = of(decision);
    assert.equal(state.status, 'UNDONE');
    assert.deepEqual(messages[0]?.data, { orderId, amount: { amount: 0, currency: 'EUR' } });
    assert.deepEqual(effects, []);
  });
  it('waits while the charge is under way: an answer now could turn out wrong', () => {
    const { types, effects } = of(refundPayment(charging(), refund));
    assert.deepEqual([types, effects], [[], []]);
    assert.deepEqual(refundPayment(waiting(), refund), { kind: 'ignored', reason: 'refund-waits-already' });
  });
  it('that waited is made when the charge succeeded, in the name of the command that asked for it', () => {
    const { state, types, effects } = of(chargeAnswered(waiting(), succeeded));
    assert.deepEqual(state, refunding);
    assert.deepEqual(types, ['PaymentProcessed']);
    assert.equal(effects[0]?.kind, 'refund');
    assert.equal(effects[0]?.cause?.id, 'm-1');
  });
  it('that waited is acknowledged with 0 when the charge was declined', () => {
    const { types, messages } = of(chargeAnswered(waiting(), declined));
    assert.deepEqual(types, ['PaymentDeclined', 'PaymentRefunded']);
    assert.equal(messages[1]?.cause?.id, 'm-1');
  });
});
