import { violations } from '../../tools/checker/invariants.ts';
import { observe, observeBefore } from '../../tools/checker/observe.ts';
import type { Shop } from '@order-saga/tools/shop/client';
import { steadyLoad } from '@order-saga/tools/shop/steady-load';
import type { StackState } from '../../tools/stack/state.ts';
import { expect, orderBody, shop, someSku, stack } from './story.ts';

/**
 * How long a component is away: CI's version; `AWAY_MS=60000 npm test -- e2e` keeps each away for a minute.
 */
export const AWAY_MS = Number(process.env['AWAY_MS'] ?? 3_000);

/**
 * Places orders one after the other until `until` resolves, then waits for all of them to end and judges the
 * invariants from outside. Requests that are not answered (the service is down) are repeated with the same
 * key.
 */
export async function underLoad(
  until: () => Promise<void>,
  {
    everyMs = 20,
    on = { shop, state: stack },
    also = [],
  }: {
    everyMs?: number;
    on?: { shop: Shop; state: () => StackState };
    /** Orders that `until` itself has placed, by then. */
    also?: readonly string[];
  } = {},
): Promise<{ accepted: string[] }> {
  const before = await observeBefore(on.state());
  const load = steadyLoad(on.shop, {
    everyMs,
    patienceMs: 60_000 + AWAY_MS,
    body: (number) =>
      orderBody(
        [{ sku: someSku(), quantity: 1 + (number % 3) }],
        number % 7 === 0 ? 'tok_declined' : 'tok_visa',
      ),
  });
  await until().catch(async (error: Error) => {
    await load.stop().catch(() => {});
    throw error;
  });
  const { accepted, observedStatuses } = await load.stop();
  const ids = [...accepted.map(({ orderId }) => orderId), ...also];
  for (const orderId of ids) {
    await on.shop.ended(orderId, 90_000);
    await on.shop.sagaEnded(orderId, 90_000);
  }
  const observed = await observe(on.state(), before, ids, { observedStatuses });
  expect(violations(observed)).toEqual([]);
  return { accepted: ids };
}
