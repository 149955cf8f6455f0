/** The edges of the order's decisions: what is not there, what is too large, what was asked before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OrderCancellationRequested, OrderCancelled, OrderConfirmed } from '@order-saga/contracts/order';
import { ignore } from '@sagakit/messaging/aggregate/decision';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import {
  cancelOrder,
  evolve,
  type Order,
  type OrderEvent,
  rejectOrder,
  requestCancellation,
} from '../src/domain/order.ts';
import { type Catalogue, type PlaceOrder, placeOrder } from '../src/domain/place-order.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const sku = 'SKU-0001' as Sku;
const pending: Order = {
  orderId,
  customerId: 'c',
  lines: [],
  total: { amount: 1, currency: 'EUR' },
  status: 'PENDING',
};

describe('an order that is not there', () => {
  it('is neither rejected nor cancelled, by name', () => {
    assert.deepEqual(rejectOrder(undefined, { orderId, reason: 'out-of-stock' }), ignore('no-such-order'));
    assert.deepEqual(cancelOrder(undefined, { orderId }), ignore('no-such-order'));
  });
  it('cannot have a story', () => {
    assert.throws(
      () => evolve(undefined, OrderConfirmed({ orderId, paymentId: 'p' })),
      /^Error: OrderConfirmed of an order that was never placed$/,
    );
  });
  it('nor can there be an event that nobody handles', () => {
    const event = { type: 'OrderEaten', data: {} } as unknown as OrderEvent;
    assert.throws(() => evolve(pending, event), /^Error: an order event that nobody handles: OrderEaten$/);
  });
});

describe('a cancellation', () => {
  it('that is wished for changes nothing yet', () =>
    assert.equal(evolve(pending, OrderCancellationRequested({ orderId })), pending));
  it('is asked for once, and not of an order that is cancelled', () => {
    const cancelled = evolve(pending, OrderCancelled({ orderId }));
    assert.equal(cancelled.status, 'CANCELLED');
    assert.deepEqual(requestCancellation(cancelled, false), ignore('asked-before'));
    assert.deepEqual(requestCancellation(pending, false), [OrderCancellationRequested({ orderId })]);
  });
});

describe('a total', () => {
  const request: PlaceOrder = {
    customerId: 'c',
    lines: [{ sku, quantity: 1 }],
    payment: { token: 't' },
    contact: {
      email: 'ada@example.com',
      name: 'Ada',
      address: { street: 'a', city: 'b', postalCode: 'c', country: 'd' },
    },
  };
  const priced = (amount: number): Catalogue =>
    new Map([[sku, { name: 'gold', price: { amount, currency: 'EUR' } }]]);
  it('may be as large as a number can say exactly', () => {
    const placed = placeOrder(request, priced(Number.MAX_SAFE_INTEGER), orderId);
    assert.equal('placed' in placed && placed.placed.data.total.amount, Number.MAX_SAFE_INTEGER);
  });
  it('that is larger is refused', () => {
    assert.deepEqual(placeOrder(request, priced(Number.MAX_SAFE_INTEGER + 1), orderId), {
      refused: [{ field: 'lines', message: 'the total is too large' }],
    });
  });
});
