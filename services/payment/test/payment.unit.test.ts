import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PaymentDeclined, PaymentProcessed, PaymentRefunded } from '@order-saga/contracts/payment';
import type { OrderId } from '@order-saga/contracts/values';
import { contextOf } from '@sagakit/testing/decision';
import type { Decision } from '@sagakit/messaging/aggregate/decision';
import {
  charge,
  chargeAnswered,
  type Payment,
  processPayment,
  refund as refundCall,
  refundAnswered,
  refundPayment,
} from '../src/domain/payment.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const amount = { amount: 1000, currency: 'EUR' };
const context = contextOf(orderId);
const process = { orderId, amount, token: 'tok_visa' };
const succeeded = { outcome: 'succeeded', paymentId: 'pay_1' } as const;
const declined = { outcome: 'declined', code: 'card-declined' } as const;
const refund = (payment: Payment | undefined, about = context) => refundPayment(payment, { orderId }, about);

function of(decision: Decision<Payment>) {
  assert.equal(decision.kind, 'decided');
  const { state, messages, effects } = decision;
  return { state, types: messages.map(({ type }) => type), messages, effects };
}
const charging = () => of(processPayment(undefined, process)).state;
const waiting = () => of(refund(charging())).state;
const processed: Payment = { status: 'PROCESSED', amount, paymentId: 'pay_1' };
const nothing = { amount: 0, currency: 'EUR' };
const nothingBack = PaymentRefunded({ orderId, amount: nothing });
const refunding: Payment = { status: 'REFUNDING', amount, paymentId: 'pay_1' };

describe('a payment', () => {
  it('is asked of the provider once', () => {
    const { state, effects, types } = of(processPayment(undefined, process));
    assert.deepEqual(state, { status: 'CHARGING', amount, undo: undefined });
    assert.deepEqual(effects, [
      { kind: 'charge', request: { amount, token: 'tok_visa' }, cancellable: true },
    ]);
    assert.deepEqual(types, []);
    assert.deepEqual(processPayment(charging(), process), { kind: 'ignored', reason: 'still-charging' });
  });
  it('is processed when the provider says so', () => {
    const { state, messages, effects } = of(chargeAnswered(charging(), succeeded, context));
    assert.deepEqual(state, processed);
    assert.deepEqual(messages, [PaymentProcessed({ orderId, paymentId: 'pay_1', amount })]);
    assert.deepEqual(effects, []);
  });
  it('is declined when the provider says so, with its code', () => {
    const { state, messages, effects } = of(chargeAnswered(charging(), declined, context));
    assert.deepEqual(state, { status: 'DECLINED', amount, code: 'card-declined' });
    assert.deepEqual(messages, [PaymentDeclined({ orderId, code: 'card-declined' })]);
    assert.deepEqual(effects, []);
  });
  it('takes an answer of the provider once, and none that it did not ask for', () => {
    assert.deepEqual(chargeAnswered(undefined, succeeded, context), {
      kind: 'ignored',
      reason: 'not-charging',
    });
    assert.deepEqual(refundAnswered(undefined, {}, context), { kind: 'ignored', reason: 'not-refunding' });
    assert.deepEqual(chargeAnswered(processed, succeeded, context), {
      kind: 'ignored',
      reason: 'not-charging',
    });
    assert.deepEqual(refundAnswered(processed, {}, context), { kind: 'ignored', reason: 'not-refunding' });
  });
});

describe('a refund', () => {
  it('goes to the provider, and is acknowledged when that has answered', () => {
    const { state, effects, types } = of(refund(processed));
    assert.deepEqual(state, refunding);
    assert.deepEqual(effects, [{ kind: 'refund', request: { amount, paymentId: 'pay_1' } }]);
    assert.deepEqual(types, []);
    const done = of(refundAnswered(refunding, {}, context));
    assert.deepEqual(done.state, { status: 'REFUNDED', amount, paymentId: 'pay_1' });
    assert.deepEqual(done.messages, [PaymentRefunded({ orderId, amount })]);
  });
  it('is never made twice', () => {
    assert.deepEqual(refund(refunding), { kind: 'ignored', reason: 'still-refunding' });
  });
  it('of an order never seen is acknowledged with 0 and leaves a cancellation marker', () => {
    const { state, messages, effects } = of(refund(undefined));
    assert.deepEqual([state, messages, effects], [{ status: 'UNDONE', amount: nothing }, [nothingBack], []]);
    const late = of(processPayment(state, process));
    assert.deepEqual(late.state, state);
    assert.deepEqual(late.messages, [PaymentDeclined({ orderId, code: 'undone' })]);
    assert.deepEqual(late.effects, []);
  });
  it('of a declined payment gives back nothing', () => {
    const payment: Payment = { status: 'DECLINED', amount, code: 'x' };
    const { state, messages, effects } = of(refund(payment));
    assert.deepEqual([state, messages, effects], [payment, [nothingBack], []]);
  });
  it('cancels a charge that nobody has started: nothing is charged, and nothing given back', () => {
    const decision = refund(charging(), contextOf(orderId, { notStarted: [charge] }));
    assert.deepEqual(decision.kind === 'decided' && decision.cancels, ['charge']);
    const { state, messages, effects } = of(decision);
    assert.deepEqual([state, messages, effects], [{ status: 'UNDONE', amount: nothing }, [nothingBack], []]);
  });
  it('waits while the charge is under way: an answer now could turn out wrong', () => {
    const { state, types, effects } = of(refund(charging()));
    assert.deepEqual([types, effects], [[], []]);
    assert.deepEqual(state, { ...charging(), undo: context.message });
    assert.deepEqual(refund(waiting()), { kind: 'ignored', reason: 'refund-waits-already' });
  });
  it('that waited is made when the charge succeeded, in the name of the command that asked for it', () => {
    const { state, types, effects } = of(chargeAnswered(waiting(), succeeded, context));
    assert.deepEqual(state, refunding);
    assert.deepEqual(types, ['PaymentProcessed']);
    assert.deepEqual(effects, [
      { kind: 'refund', request: { amount, paymentId: 'pay_1' }, cause: context.message },
    ]);
  });
  it('that waited is acknowledged with 0 when the charge was declined', () => {
    const { state, messages } = of(chargeAnswered(waiting(), declined, context));
    assert.deepEqual(state, { status: 'DECLINED', amount, code: 'card-declined' });
    const told = PaymentDeclined({ orderId, code: 'card-declined' });
    assert.deepEqual(messages, [told, { ...nothingBack, cause: context.message }]);
  });
});

describe('calls of the provider', () => {
  it('have the names under which they are stored, logged and counted, whatever is deployed beside', () => {
    const names = [charge, refundCall].map(({ kind, resultType }) => [kind, resultType]);
    assert.deepEqual(names, [
      ['charge', 'ChargeAnswered'],
      ['refund', 'RefundAnswered'],
    ]);
  });

  it('have results that say what is needed later, or they are refused and asked for again', () => {
    const fits = (result: object) => charge.result.safeParse(result).success;
    assert.ok(fits({ outcome: 'succeeded', paymentId: 'pay_1' }) && fits({ outcome: 'declined', code: 'x' }));
    for (const result of [{ outcome: 'succeeded' }, { outcome: 'declined' }, { paymentId: 'pay_1' }])
      assert.equal(fits(result), false, JSON.stringify(result));
  });
});
