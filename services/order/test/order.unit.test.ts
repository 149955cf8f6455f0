import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ContactProvided,
  OrderCancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRejected,
} from '@order-saga/contracts/order';
import { ignore } from '@sagakit/messaging/aggregate/decision';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import {
  cancelOrder,
  confirmOrder,
  evolve,
  type Order,
  type OrderEvent,
  rejectOrder,
  requestCancellation,
} from '../src/domain/order.ts';
import { type Catalogue, PlaceOrder, placeOrder } from '../src/domain/place-order.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const bowl = 'SKU-0001' as Sku;
const lamp = 'SKU-0002' as Sku;
const catalogue: Catalogue = new Map([
  [bowl, { name: 'Oak bowl', price: { amount: 1050, currency: 'EUR' } }],
  [lamp, { name: 'Oak lamp', price: { amount: 2000, currency: 'EUR' } }],
]);
const request: PlaceOrder = {
  customerId: 'customer',
  lines: [
    { sku: bowl, quantity: 3 },
    { sku: lamp, quantity: 1 },
  ],
  payment: { token: 'tok_visa' },
  contact: {
    email: 'ada@example.com',
    name: 'Ada',
    address: { street: 'a', city: 'b', postalCode: 'c', country: 'd' },
  },
};

function placed(): Order {
  const decided = placeOrder(request, catalogue, orderId);
  assert.ok('placed' in decided);
  return evolve(undefined, decided.placed);
}
const after = (...events: unknown[]) => (events as OrderEvent[]).reduce<Order>(evolve, placed());
const confirmed = () => after(OrderConfirmed({ orderId, paymentId: 'pay_1' }));
const rejected = () => after(OrderRejected({ orderId, reason: 'out-of-stock' }));
const cancelled = () => after(OrderCancelled({ orderId }));

describe('placing', () => {
  it('takes names and prices from the catalogue', () => {
    const decided = placeOrder(request, catalogue, orderId);
    assert.ok('placed' in decided);
    const { customerId, payment } = request;
    assert.deepEqual(
      decided.placed,
      OrderPlaced({
        orderId,
        customerId,
        payment,
        lines: [
          { sku: bowl, quantity: 3, name: 'Oak bowl', unitPrice: { amount: 1050, currency: 'EUR' } },
          { sku: lamp, quantity: 1, name: 'Oak lamp', unitPrice: { amount: 2000, currency: 'EUR' } },
        ],
        total: { amount: 5150, currency: 'EUR' },
      }),
    );
  });
  it('tells apart from the order whom it is for', () => {
    const decided = placeOrder(request, catalogue, orderId);
    assert.ok('placed' in decided);
    const { customerId, contact } = request;
    assert.deepEqual(decided.contact, ContactProvided({ orderId, customerId, contact }));
    assert.doesNotMatch(JSON.stringify(decided.placed), /ada@example|Ada/);
  });
  it('names each line that the catalogue does not know', () => {
    const lines = [...request.lines, { sku: 'SKU-9999' as Sku, quantity: 1 }];
    assert.deepEqual(placeOrder({ ...request, lines }, catalogue, orderId), {
      refused: [{ field: 'lines.2.sku', message: 'there is no product SKU-9999' }],
    });
  });
  it('refuses bodies that do not fit', () => {
    const bad = (change: object) => PlaceOrder.safeParse({ ...request, ...change }).success;
    assert.equal(bad({}), true);
    assert.equal(bad({ lines: [] }), false);
    assert.equal(bad({ lines: Array(101).fill({ sku: bowl, quantity: 1 }) }), false);
    for (const quantity of [0, -1, 1.5, 1001, '1', null, Number.NaN])
      assert.equal(bad({ lines: [{ sku: bowl, quantity }] }), false);
    assert.equal(bad({ customerId: '' }), false);
    assert.equal(bad({ customerId: 'a\u0000b' }), false);
    assert.equal(bad({ customerId: 'x'.repeat(201) }), false);
    assert.equal(bad({ customerId: '\ud800' }), false);
    assert.equal(
      bad({ lines: [{ sku: bowl, quantity: 1, unitPrice: { amount: 1, currency: 'EUR' } }] }),
      false,
    );
    assert.equal(bad({ total: { amount: 1, currency: 'EUR' } }), false);
    assert.equal(bad({ payment: {} }), false);
    assert.equal(bad({ payment: { token: '' } }), false);
    assert.equal(bad({ payment: { ...request.payment, more: 1 } }), false);
    const { contact } = request;
    assert.equal(bad({ contact: { ...contact, email: 'ada' } }), false);
    assert.equal(bad({ contact: { ...contact, more: 1 } }), false);
    assert.equal(bad({ contact: { ...contact, address: { ...contact.address, more: 1 } } }), false);
    assert.equal(bad({ contact: { ...contact, address: { ...contact.address, city: '' } } }), false);
  });
  it('takes a hundred lines', () => {
    const lines = Array(100).fill({ sku: bowl, quantity: 1 });
    assert.equal(PlaceOrder.safeParse({ ...request, lines }).success, true);
  });
});

describe('the state of an order', () => {
  it('is what it was placed with, and how it ended', () => {
    const { status: _, ...own } = placed();
    assert.deepEqual(Object.keys(own), ['orderId', 'customerId', 'lines', 'total']);
    assert.deepEqual(placed(), { ...own, status: 'PENDING' });
    assert.deepEqual(confirmed(), { ...own, status: 'CONFIRMED', paymentId: 'pay_1' });
    assert.deepEqual(rejected(), { ...own, status: 'REJECTED', reason: 'out-of-stock' });
    assert.deepEqual(cancelled(), { ...own, status: 'CANCELLED' });
    assert.deepEqual(
      after(OrderConfirmed({ orderId, paymentId: 'pay_1' }), OrderCancelled({ orderId })),
      cancelled(),
    );
  });
});

describe('confirming', () => {
  it('confirms a pending order', () =>
    assert.deepEqual(confirmOrder(placed(), { orderId, paymentId: 'pay_1' }), [
      OrderConfirmed({ orderId, paymentId: 'pay_1' }),
    ]));
  it('is ignored, by name, of an order that has ended', () => {
    assert.deepEqual(confirmOrder(rejected(), { orderId, paymentId: 'p' }), ignore('order-already-rejected'));
    assert.deepEqual(
      confirmOrder(cancelled(), { orderId, paymentId: 'p' }),
      ignore('order-already-cancelled'),
    );
    assert.deepEqual(
      confirmOrder(confirmed(), { orderId, paymentId: 'p' }),
      ignore('order-already-confirmed'),
    );
  });
  it('is ignored, by name, of an order that does not exist', () =>
    assert.deepEqual(confirmOrder(undefined, { orderId, paymentId: 'p' }), ignore('no-such-order')));
});

describe('rejecting', () => {
  it('rejects a pending order, with the reason', () => {
    const order = after(...(rejectOrder(placed(), { orderId, reason: 'out-of-stock' }) as unknown[]));
    assert.equal(order.status, 'REJECTED');
    assert.equal(order.status === 'REJECTED' && order.reason, 'out-of-stock');
  });
  it('never takes a confirmation back', () =>
    assert.deepEqual(
      rejectOrder(confirmed(), { orderId, reason: 'no-answer' }),
      ignore('order-already-confirmed'),
    ));
});

describe('cancelling', () => {
  it('cancels a pending order and a confirmed one', () => {
    assert.deepEqual(cancelOrder(placed(), { orderId }), [OrderCancelled({ orderId })]);
    assert.deepEqual(cancelOrder(confirmed(), { orderId }), [OrderCancelled({ orderId })]);
  });
  it('is ignored, by name, of an order that has ended otherwise', () => {
    assert.deepEqual(cancelOrder(rejected(), { orderId }), ignore('order-already-rejected'));
    assert.deepEqual(cancelOrder(cancelled(), { orderId }), ignore('order-already-cancelled'));
  });
  it('is asked for once', () => {
    assert.deepEqual(requestCancellation(placed(), false), [OrderCancellationRequested({ orderId })]);
    assert.deepEqual(requestCancellation(placed(), true), ignore('asked-before'));
    assert.deepEqual(requestCancellation(cancelled(), true), ignore('asked-before'));
    assert.deepEqual(requestCancellation(rejected(), false), ignore('order-already-rejected'));
  });
});
