import { eventually, expect, orderBody, setAvailable, shop, someSku, test } from './support/story.ts';

for (const [token, code] of [
  ['tok_declined', 'card-declined'],
  ['tok_insufficient_funds', 'insufficient-funds'],
  ['tok_never_heard_of', 'unknown-token'],
] as const) {
  test(`a card that is declined (${token}) gives the pieces back and rejects the order`, async () => {
    const sku = someSku();
    const before = await shop.stock(sku);
    const { orderId } = await shop.placed(orderBody([{ sku, quantity: 3 }], token));
    expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'payment-declined' });

    const saga = await shop.sagaEnded(orderId);
    expect(saga.status).toBe('compensated');
    expect(saga.steps.map(({ name, status }) => [name, status])).toEqual([
      ['reserve-inventory', 'undone'],
      ['process-payment', 'refused'],
    ]);
    expect(await shop.stock(sku)).toMatchObject({
      available: before.available,
      reserved: 0,
      sold: before.sold,
    });
    expect(await shop.payment(orderId)).toMatchObject({ status: 'DECLINED', code, charges: 0, refunds: 0 });
    expect(await shop.ledger(orderId)).toMatchObject([{ kind: 'declined' }]);
    const told = await eventually('the customer is told', async () => (await shop.notifications(orderId))[0]);
    expect(told.kind).toBe('order-rejected');
  });
}

test('more than there is rejects the order before any money moves', async () => {
  const sku = someSku();
  await setAvailable(sku, 2);
  const { orderId } = await shop.placed(orderBody([{ sku, quantity: 3 }]));
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'out-of-stock' });
  const saga = await shop.sagaEnded(orderId);
  expect(saga).toMatchObject({
    status: 'compensated',
    steps: [{ name: 'reserve-inventory', status: 'refused' }],
  });
  expect(await shop.ledger(orderId)).toEqual([]);
  expect(await shop.stock(sku)).toMatchObject({ available: 2, reserved: 0 });
  await setAvailable(sku, 10_000);
});

test('200 buyers of 100 pieces: exactly 100 are confirmed and charged, 100 rejected, nothing is left', async () => {
  const sku = someSku();
  await setAvailable(sku, 100);
  const sold = (await shop.stock(sku)).sold;
  const placed = await Promise.all(
    Array.from({ length: 200 }, () => shop.place(orderBody([{ sku, quantity: 1 }]))),
  );
  expect(placed.every(({ status }) => status === 202)).toBe(true);
  const ids = placed.map(({ body }) => body.orderId);
  const ended = await Promise.all(ids.map((orderId) => shop.ended(orderId)));
  expect(ended.filter(({ status }) => status === 'CONFIRMED')).toHaveLength(100);
  expect(
    ended.filter(({ status, reason }) => status === 'REJECTED' && reason === 'out-of-stock'),
  ).toHaveLength(100);
  await Promise.all(ids.map((orderId) => shop.sagaEnded(orderId)));
  expect(await shop.stock(sku)).toMatchObject({ available: 0, reserved: 0, sold: sold + 100 });
  const mine = new Set(ids);
  const entries = (await shop.ledger()).filter(({ orderId }) => mine.has(orderId));
  expect(entries.filter(({ kind }) => kind === 'charge')).toHaveLength(100);
  expect(entries.filter(({ kind }) => kind === 'refund')).toHaveLength(0);
  await setAvailable(sku, 10_000);
});
