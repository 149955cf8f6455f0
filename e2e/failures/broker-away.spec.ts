/**
 * Kafka is away longer than a step may take: nothing times out by that, so no order is rejected. A stack of
 * its own, with short deadlines.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES } from '@order-saga/contracts/system';
import { orderBody } from '@order-saga/tools/shop/client';
import { logsOf } from '../support/logs.ts';
import { type OwnStack, ownStack } from '../support/own-stack.ts';
import { call, eventually, expect, test } from '../support/story.ts';

const DEADLINE_MS = 5_000;
test.setTimeout(180_000);

let own: OwnStack;
test.beforeAll(async () => {
  own = await ownStack('broker-away', { STEP_DEADLINE_MS: String(DEADLINE_MS) });
});
test.afterAll(() => own.remove());

test('orders that wait for an answer when Kafka goes away are confirmed when it is back; meanwhile health tells, and orders are accepted', async () => {
  const { shop, stack } = own;
  const place = async () => (await shop.placed(orderBody([{ sku: 'SKU-0010', quantity: 1 }]))).orderId;
  await stack('kill', 'payment');
  const orders = await Promise.all(Array.from({ length: 5 }, place));
  for (const orderId of orders) {
    await eventually(
      'it waits for the payment',
      async () => (await shop.saga(orderId)).steps?.at(-1)?.name === 'process-payment',
    );
  }
  const said = SERVICES.map((service) => [service, logsOf(own.state(), [service])] as const);
  await stack('kill', 'kafka');
  await stack('restart', 'payment'); // it cannot read the command that waits for it
  await eventually('health tells', async () => {
    const { status, body } = await call<{ kafka: string }>(`${shop.urls['saga-orchestrator']}/health/ready`);
    return status === 200 && body.kafka === 'away';
  });
  const placed = await shop.place(orderBody([{ sku: 'SKU-0010', quantity: 1 }]));
  expect(placed.status).toBe(202);
  const accepted = placed.body.orderId;
  await delay(DEADLINE_MS * 2);
  for (const orderId of orders) expect((await shop.saga(orderId)).status, 'a step timed out').toBe('running');
  await stack('restart', 'kafka');
  for (const orderId of [...orders, accepted]) expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
  for (const [service, lines] of said) {
    const trouble = lines().filter((line) => /"level":"(warn|error|fatal)"/.test(line));
    expect(trouble.filter((line) => /"stack"|"level":"(error|fatal)"/.test(line))).toEqual([]);
    expect(trouble.filter((line) => line.includes('nothing is read')).length, service).toBeGreaterThan(0);
    expect(trouble.length, service).toBeLessThan(12);
  }
});
