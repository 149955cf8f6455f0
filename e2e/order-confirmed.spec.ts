import { CONTACT, eventually, expect, orderBody, shop, someSku, test } from './support/story.ts';

test('an order with a good card is confirmed: charged once, pieces sold, the customer told', async () => {
  const sku = someSku();
  const before = await shop.stock(sku);
  const placed = await shop.place(orderBody([{ sku, quantity: 2 }]));
  expect(placed.status).toBe(202);
  expect(placed.body.status).toBe('PENDING');
  expect(placed.headers.get('location')).toBe(`/orders/${placed.body.orderId}`);

  const { orderId, correlationId } = placed.body;
  const order = await shop.ended(orderId);
  expect(order).toMatchObject({
    status: 'CONFIRMED',
    correlationId,
    lines: [{ sku, name: before.name, quantity: 2, unitPrice: before.price }],
    total: { amount: 2 * before.price.amount, currency: before.price.currency },
  });

  const saga = await shop.sagaEnded(orderId);
  expect(saga.status).toBe('completed');
  expect(
    saga.steps.map(({ name, status, attempts, command, answer }) => [
      name,
      status,
      attempts,
      command,
      answer,
    ]),
  ).toEqual([
    ['reserve-inventory', 'done', 1, 'ReserveInventory', 'InventoryReserved'],
    ['process-payment', 'done', 1, 'ProcessPayment', 'PaymentProcessed'],
    ['confirm-order', 'done', 1, 'ConfirmOrder', 'OrderConfirmed'],
    ['commit-inventory', 'done', 1, 'CommitInventory', 'InventoryCommitted'],
  ]);
  expect(await shop.payment(orderId)).toMatchObject({
    status: 'PROCESSED',
    charges: 1,
    refunds: 0,
    amount: order.total,
  });
  expect(await shop.ledger(orderId)).toMatchObject([
    { kind: 'charge', amount: order.total, idempotencyKey: orderId },
  ]);

  const after = await shop.stock(sku);
  expect(after.sold - before.sold).toBe(2);
  expect(before.available - after.available).toBe(2);
  expect(after.reserved).toBe(before.reserved);

  const notifications = await eventually('the customer is told', async () => {
    const items = await shop.notifications(orderId);
    return items.length > 0 && items;
  });
  expect(notifications).toMatchObject([{ orderId, kind: 'order-confirmed', to: CONTACT.email }]);
});

test('a provider that fails once is asked again, and the order is confirmed', async () => {
  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }], 'tok_error_once'));
  expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
  expect(await shop.ledger(orderId)).toHaveLength(1);
});

test('an order of many lines, one SKU twice, is reserved as a whole', async () => {
  const [a, b] = [someSku(), someSku()];
  const before = await shop.stock(a);
  const lines = [
    { sku: a, quantity: 1 },
    { sku: b, quantity: 2 },
    { sku: a, quantity: 3 },
  ];
  const { orderId } = await shop.placed(orderBody(lines));
  expect((await shop.ended(orderId)).lines).toHaveLength(3);
  await shop.sagaEnded(orderId);
  expect((await shop.stock(a)).sold - before.sold).toBe(4);
});
