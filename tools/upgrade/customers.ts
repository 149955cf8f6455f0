/**
 * Who orders while services are exchanged: some with bad cards, some who cancel at once, some who cancel
 * late.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@sagakit/testing/eventually';
import type { Observed } from '../checker/invariants.ts';
import { orderBody, type Shop, type StockView } from '../shop/client.ts';
import { type Placed, type SteadyLoad, steadyLoad } from '../shop/steady-load.ts';

/** A service that is stopped and started is away for seconds, on a slow machine for many. */
const PATIENCE_MS = 120_000;

/** By the order's number. */
function tokenOf(number: number): string {
  if (number % 10 === 3) return 'tok_declined';
  if (number % 10 === 6) return 'tok_error_once';
  if (number % 20 === 9) return 'tok_refund_fails_twice';
  if (number % 40 === 17) return 'tok_timeout';
  return 'tok_visa';
}

/** After how long the customer cancels; undefined: not at all. */
function cancelsAfterMs(number: number): number | undefined {
  if (number % 8 === 1) return 0;
  if (number % 8 === 5) return 250; // while its payment is under way
  if (number % 20 === 9) return 3_000; // once it is confirmed, as a rule
  return undefined;
}

export function customers(shop: Shop, stock: readonly StockView[], rate: number): SteadyLoad {
  const skus = stock.filter(({ available }) => available > 500).map(({ sku }) => sku);
  return steadyLoad(shop, {
    everyMs: 1_000 / rate,
    patienceMs: PATIENCE_MS,
    body: (number) =>
      orderBody(
        [{ sku: skus[(number * 7919) % skus.length] as string, quantity: 1 + (number % 3) }],
        tokenOf(number),
        `customer-${number % 200}`,
      ),
    async afterwards({ orderId, number }) {
      const after = cancelsAfterMs(number);
      if (after === undefined) return;
      await delay(after);
      await eventually(
        `order ${orderId} is cancelled, or is too late for it`,
        async () => [200, 202, 409].includes((await shop.cancel(orderId)).status),
        { withinMs: PATIENCE_MS, everyMs: 200 },
      );
    },
  });
}

/** Waits for the ends of all orders and sagas. What has not ended by then, in sentences. */
export async function hasEnded(shop: Shop, accepted: readonly Placed[], withinMs: number): Promise<string[]> {
  const until = Date.now() + withinMs;
  const left = () => Math.max(1, until - Date.now());
  const found: string[] = [];
  for (const { orderId } of accepted) {
    await shop.ended(orderId, left()).catch((error: Error) => found.push(error.message));
    await shop.sagaEnded(orderId, left()).catch((error: Error) => found.push(error.message));
  }
  return found;
}

/** How it went, in lines. */
export function countsOf(
  { orders, sagas, observedStatuses, topics, notifications }: Observed,
  accepted: readonly Placed[],
): string {
  const counted = (values: readonly string[]) =>
    [...Map.groupBy(values, (value) => value)]
      .map(([value, all]) => `${all.length} ${value}`)
      .toSorted()
      .join(', ');
  const repeated = accepted.filter(({ repeated }) => repeated > 0).length;
  const timedOut = (topics.get('saga.events') ?? []).filter(({ type }) => type === 'SagaStepTimedOut').length;
  return [
    `orders    ${counted(orders.map(({ status }) => status))}`,
    `sagas     ${counted(sagas.map(({ status }) => status))}; ${timedOut} steps timed out`,
    `mails     ${notifications.length}`,
    `requests  ${repeated} orders were placed by a repeated request; ${observedStatuses.length} looks at orders`,
    `messages  ${[...topics].map(([topic, messages]) => `${topic} ${messages.length}`).join(', ')}`,
  ].join('\n');
}
