/** What a payment ignores, by name, in each of its states. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderId } from '@order-saga/contracts/values';
import { contextOf } from '@sagakit/testing/decision';
import { type Payment, processPayment, refundPayment } from '../src/domain/payment.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const amount = { amount: 1000, currency: 'EUR' };
const process = { orderId, amount, token: 'tok_visa' };
const refund = { orderId };

describe('a charge that comes again', () => {
  const decided: Payment[] = [
    { status: 'PROCESSED', amount, paymentId: 'p' },
    { status: 'DECLINED', amount, code: 'x' },
    { status: 'REFUNDING', amount, paymentId: 'p' },
    { status: 'REFUNDED', amount, paymentId: 'p' },
  ];
  for (const payment of decided)
    it(`is ignored when it is ${payment.status}`, () =>
      assert.deepEqual(processPayment(payment, process), { kind: 'ignored', reason: 'decided-already' }));
});

describe('a refund that comes again', () => {
  const refunded: Payment[] = [
    { status: 'REFUNDED', amount, paymentId: 'p' },
    { status: 'UNDONE', amount },
  ];
  for (const payment of refunded)
    it(`is ignored when it is ${payment.status}`, () =>
      assert.deepEqual(refundPayment(payment, refund, contextOf(orderId)), {
        kind: 'ignored',
        reason: 'refunded-already',
      }));
});
