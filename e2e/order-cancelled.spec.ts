import { eventually, expect, orderBody, shop, someSku, test } from './support/story.ts';

test('a confirmed order that is cancelled is refunded, its pieces return, and its saga stays readable', async () => {
  const sku = someSku();
  const before = await shop.stock(sku);
  const { orderId } = await shop.placed(orderBody([{ sku, quantity: 2 }]));
  await shop.ended(orderId);
  await shop.sagaEnded(orderId);

  expect((await shop.cancel(orderId)).status).toBe(202);
  expect((await shop.cancel(orderId)).status).toBe(202);
  await eventually('the order is cancelled', async () => (await shop.order(orderId)).status === 'CANCELLED');
  const saga = await shop.sagaEnded(orderId);
  expect(saga).toMatchObject({
    saga: 'cancel-order',
    status: 'completed',
    earlier: [{ saga: 'place-order', status: 'completed' }],
  });
  expect((await shop.ledger(orderId)).map(({ kind }) => kind)).toEqual(['charge', 'refund']);
  expect(await shop.stock(sku)).toMatchObject({
    available: before.available,
    reserved: before.reserved,
    sold: before.sold,
  });
});

test('a refund that the provider refuses twice is made all the same, once', async () => {
  const { orderId } = await shop.placed(
    orderBody([{ sku: someSku(), quantity: 1 }], 'tok_refund_fails_twice'),
  );
  await shop.ended(orderId);
  expect((await shop.cancel(orderId)).status).toBe(202);
  await eventually('the order is cancelled', async () => (await shop.order(orderId)).status === 'CANCELLED');
  expect((await shop.ledger(orderId)).map(({ kind }) => kind)).toEqual(['charge', 'refund']);
});

test('orders cancelled while their sagas run end CANCELLED or REJECTED, with no money kept', async () => {
  const ids = await Promise.all(
    Array.from({ length: 30 }, async (_, number) => {
      const token = number % 5 === 0 ? 'tok_declined' : 'tok_visa';
      const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }], token));
      const { status } = await shop.cancel(orderId);
      expect([202, 409]).toContain(status);
      return orderId;
    }),
  );
  for (const orderId of ids) {
    await eventually(`order ${orderId} ends without money kept`, async () =>
      ['CANCELLED', 'REJECTED'].includes((await shop.order(orderId)).status),
    );
    await shop.sagaEnded(orderId);
    const entries = await shop.ledger(orderId);
    expect(entries.filter(({ kind }) => kind === 'charge').length).toBe(
      entries.filter(({ kind }) => kind === 'refund').length,
    );
  }
});

test('a rejected order cannot be cancelled, an unknown one is not found', async () => {
  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }], 'tok_declined'));
  await shop.ended(orderId);
  expect((await shop.cancel(orderId)).status).toBe(409);
  expect((await shop.cancel('01900000-0000-7000-8000-000000000000')).status).toBe(404);
});
