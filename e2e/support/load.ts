import { breaches } from '../../tools/checker/invariants.ts';
import { observe, observeBefore } from '../../tools/checker/observe.ts';
import type { Shop } from '@order-saga/tools/shop/client';
import type { StackState } from '../../tools/stack/state.ts';
import { eventually, expect, orderBody, shop, someSku, stack } from './story.ts';

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
  const accepted: Promise<string>[] = [];
  let going = true;
  const placing = (async () => {
    for (let number = 0; going; number++) {
      accepted.push(placeUntilAccepted(on.shop, number));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  })();
  const glimpses: { orderId: string; status: string }[] = [];
  const known: string[] = [];
  const looking = (async () => {
    for (let number = 0; going; number++) {
      const newest = await Promise.race([
        accepted.at(-1),
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100)),
      ]);
      if (newest !== undefined && !known.includes(newest)) known.push(newest);
      const orderId = known[number % known.length];
      // While something is away there may be no answer: then there is nothing to be seen.
      const seen = orderId && (await on.shop.order(orderId).catch(() => undefined));
      if (seen && typeof seen.status === 'string') glimpses.push({ orderId, status: seen.status });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    await until();
  } finally {
    going = false;
    await placing;
    await looking;
  }
  const ids = [...(await Promise.all(accepted)), ...also];
  for (const orderId of ids) {
    await on.shop.ended(orderId, 90_000);
    await on.shop.sagaEnded(orderId, 90_000);
  }
  const observed = await observe(on.state(), before, ids, { glimpses });
  expect(breaches(observed)).toEqual([]);
  return { accepted: ids };
}

async function placeUntilAccepted(at: Shop, number: number): Promise<string> {
  const key = crypto.randomUUID();
  const body = orderBody(
    [{ sku: someSku(), quantity: 1 + (number % 3) }],
    number % 7 === 0 ? 'tok_declined' : 'tok_visa',
  );
  const answer = await eventually(
    'the order is accepted',
    async () => {
      const given = await at.place(body, key);
      return given.status === 202 && given;
    },
    { withinMs: 60_000 + AWAY_MS, everyMs: 200 },
  );
  return answer.body.orderId;
}
