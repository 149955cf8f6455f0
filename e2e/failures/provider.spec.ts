/**
 * The payment provider is not well for a while, under load: money is right in the end, and it is not called
 * without need meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AWAY_MS, underLoad } from '../support/load.ts';
import { circuitOpen } from '../support/metrics.ts';
import { eventually, expect, orderBody, shop, someSku, test } from '../support/story.ts';

test.setTimeout(180_000 + AWAY_MS * 2);

test.afterEach(() => shop.setFaults({}));

for (const [how, faults] of [
  ['slow', { slowMs: 800 }],
  ['failing', { failing: true }],
  ['failing after the money has moved', { failingAfterwards: true }],
  ['refusing refunds', { refusingRefunds: true }],
] as const) {
  test(`a provider that is ${how} for a while, under load: all orders end right`, async () => {
    const { accepted } = await underLoad(async () => {
      await delay(500);
      await shop.setFaults(faults);
      await delay(AWAY_MS);
      if ('failing' in faults) await eventually('calls are held back', () => circuitOpen());
      await shop.setFaults({});
    });
    expect(accepted.length).toBeGreaterThan(20);
    await eventually('calls go through again', async () => !(await circuitOpen()));
  });
}

test('refunds that are refused for a while are made once it takes them, and once only', async () => {
  const orders = await Promise.all(
    Array.from(
      { length: 5 },
      async () => (await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]))).orderId,
    ),
  );
  for (const orderId of orders) expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
  await shop.setFaults({ refusingRefunds: true });
  for (const orderId of orders) expect((await shop.cancel(orderId)).status).toBe(202);
  await delay(Math.min(AWAY_MS, 10_000));
  for (const orderId of orders) expect((await shop.order(orderId)).status).toBe('CONFIRMED');
  // Now the money goes back, but the answer does not come: it is asked for again, with the same key.
  await shop.setFaults({ failingAfterwards: true });
  await eventually('money goes back', async () => {
    const ledgers = await Promise.all(orders.map((orderId) => shop.ledger(orderId)));
    return ledgers.flat().some(({ kind }) => kind === 'refund');
  });
  await shop.setFaults({});
  for (const orderId of orders) {
    await eventually('it is cancelled', async () => (await shop.order(orderId)).status === 'CANCELLED', {
      withinMs: 60_000,
    });
    expect((await shop.ledger(orderId)).map(({ kind }) => kind)).toEqual(['charge', 'refund']);
  }
});
