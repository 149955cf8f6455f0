/**
 * A storm of orders while the order service's database is slow, far more at once than can be taken: refused
 * in time, health stays up, memory stays, and what was accepted ends right. (With a quick database the storm
 * is simply taken, on a machine that is quick enough.)
 */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Agent, request } from 'undici';
import { metricOf } from '../../tools/stack/health.ts';
import { databaseOf, urlOf } from '../../tools/stack/state.ts';
import { underLoad } from '../support/load.ts';
import {
  authorizationFor,
  call,
  eventually,
  expect,
  orderBody,
  shop,
  someSku,
  stack,
  test,
} from '../support/story.ts';
import { cpuMsOf, memoryOf } from '../support/usage.ts';

/** All at once; `STORM=10000 npm run e2e -- failures/overload` is the long version. */
const STORM = Number(process.env['STORM'] ?? 3_000);
test.setTimeout(240_000 + STORM * 20);

/**
 * Long enough for a busy machine to bring the orders; a commit that waits longer than the services'
 * lock_timeout (10 s) is tried again, five times.
 */
const SLOW_AT_MOST_MS = 25_000;

/** Writers of orders wait until the lock is given back; readers do not. */
async function lockOrders(): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: databaseOf(stack(), 'order') });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE orders IN EXCLUSIVE MODE');
  return () => client.end();
}

/**
 * True if it was full while nothing could be written: afterwards those are told to come back too who have
 * waited for too long, full or not. Not thrown: the story says it when all have been answered.
 */
const wasSeen = (full: () => boolean): Promise<boolean> =>
  eventually('the queue is full', async () => full(), { withinMs: SLOW_AT_MOST_MS }).catch(() => false);

/**
 * Requests that the order service says it has told to come back, and those that did not get so far: in
 * containers the gateway answers them.
 */
async function toldToComeBack(): Promise<number> {
  const count = async (url: string, name: string, label: string) =>
    metricOf((await call<string>(`${url}/metrics`)).body, name, label) ?? 0;
  const byService = await count(
    shop.urls.order,
    'order_saga_http_request_seconds_count',
    'route="/orders",status="503"',
  );
  if (!stack().compose) return byService;
  return (
    byService +
    (await count(urlOf(stack(), 'gateway'), 'order_saga_gateway_refused_total', 'service="order"'))
  );
}

test(`${STORM} orders at once: some are told to come back, none is lost, and the service stays well`, async () => {
  const dispatcher = new Agent({ connections: STORM, pipelining: 1 });
  const body = JSON.stringify(orderBody([{ sku: someSku(), quantity: 1 }]));
  const accepted: string[] = [];
  const refused: (string | string[] | undefined)[] = [];
  const others: number[] = [];
  let slowestHealthMs = 0;
  /**
   * The service's own work while health waited: a machine that has much else to do makes the wait longer, not
   * this.
   */
  let mostWorkMs = 0;
  let peakMb = 0;
  let wasFull = false;
  const toldBefore = await toldToComeBack();

  const token = await authorizationFor(shop.urls.order);
  await underLoad(
    async () => {
      let going = true;
      const looking = (async () => {
        while (going) {
          const began = performance.now();
          const workBefore = cpuMsOf('order');
          expect((await call(`${shop.urls.order}/health/live`)).status).toBe(200);
          slowestHealthMs = Math.max(slowestHealthMs, performance.now() - began);
          mostWorkMs = Math.max(mostWorkMs, cpuMsOf('order') - workBefore);
          peakMb = Math.max(peakMb, memoryOf('order'));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      })();
      try {
        const unlock = await lockOrders();
        [wasFull] = await Promise.all([
          wasSeen(() => refused.length > 0).finally(unlock),
          ...Array.from({ length: STORM }, async () => {
            const answer = await request(`${shop.urls.order}/orders`, {
              dispatcher,
              method: 'POST',
              headers: { ...token, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
              body,
            });
            const json = (await answer.body.json()) as { orderId: string };
            if (answer.statusCode === 202) accepted.push(json.orderId);
            else if (answer.statusCode === 503) refused.push(answer.headers['retry-after']);
            else others.push(answer.statusCode);
          }),
        ]);
      } finally {
        going = false;
        await looking;
      }
    },
    { everyMs: 200, also: accepted },
  );
  await dispatcher.close();
  console.log(
    `  ${accepted.length} accepted, ${refused.length} told to come back; health at most ${slowestHealthMs.toFixed(0)} ms (${mostWorkMs.toFixed(0)} of work), memory at most ${peakMb.toFixed(0)} MB`,
  );
  expect(others).toEqual([]);
  expect(accepted.length + refused.length).toBe(STORM);
  expect(accepted.length).toBeGreaterThan(0);
  expect(wasFull, 'the queue is bounded').toBe(true);
  expect(new Set(refused)).toEqual(new Set(['1']));
  // The load beside it may have been told so too.
  expect((await toldToComeBack()) - toldBefore, 'an operator sees it').toBeGreaterThanOrEqual(refused.length);
  expect(mostWorkMs, 'health waits behind so much work').toBeLessThan(5_000);
  expect(peakMb).toBeLessThan(500);
});
