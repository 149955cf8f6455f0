/**
 * Somebody else's transactions on our topics, aborted or left open: nobody waits for them, and steps still
 * time out. A stack of its own.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { SERVICES, type Topic } from '@order-saga/contracts/system';
import { orderBody } from '@order-saga/tools/shop/client';
import { kafkaOf, ROOT } from '../../tools/stack/state.ts';
import { metric } from '../support/metrics.ts';
import { type OwnStack, ownStack } from '../support/own-stack.ts';
import { eventually, expect, test } from '../support/story.ts';

test.setTimeout(180_000);

let own: OwnStack;
test.beforeAll(async () => {
  own = await ownStack('foreign', { STEP_DEADLINE_MS: '5000' });
});
test.afterAll(() => own.remove());

/** In a process of its own that then exits. */
function foreign(topic: Topic, end: 'abort' | 'leave-open'): Promise<unknown> {
  const script = path.join(ROOT, 'packages/kafka/test/foreign-producer.ts');
  const records = ['one', 'two', 'three'].flatMap((key) => [key, 'not ours']);
  return promisify(execFile)(process.execPath, [
    script,
    JSON.stringify(kafkaOf(own.state(), 'foreign')),
    topic,
    end,
    ...records,
  ]);
}

async function ends(token: string): Promise<string> {
  const { orderId } = await own.shop.placed(orderBody([{ sku: 'SKU-0010', quantity: 1 }], token));
  const { status } = await own.shop.ended(orderId);
  await own.shop.sagaEnded(orderId);
  const { charges, refunds } = await own.shop.payment(orderId);
  return `${status}, ${charges} charged, ${refunds} refunded`;
}

test('foreign transactions, left open or aborted, hold no order, no deadline and no service', async () => {
  const processes = () => own.state().components.map(({ name, pid }) => ({ name, pid }));
  const before = processes();
  const topics: Topic[] = [
    'order.events',
    'payment.events',
    'inventory.events',
    'order.commands',
    'payment.commands',
  ];
  await Promise.all(topics.map((topic) => foreign(topic, 'leave-open')));
  expect(await Promise.all(['tok_visa', 'tok_declined', 'tok_timeout'].map(ends))).toEqual([
    'CONFIRMED, 1 charged, 0 refunded',
    'REJECTED, 0 charged, 0 refunded',
    'REJECTED, 1 charged, 1 refunded',
  ]);
  await Promise.all(topics.map((topic) => foreign(topic, 'abort')));
  for (const service of SERVICES) {
    await eventually(`${service} has nothing left to read`, async () => {
      const [lag, behind] = await Promise.all([
        metric(service, 'consumer_lag_messages', own.shop),
        metric(service, 'consumer_behind_seconds', own.shop),
      ]);
      return lag === 0 && behind < 10;
    });
  }
  // The end of each log is a marker now.
  expect(await ends('tok_timeout')).toBe('REJECTED, 1 charged, 1 refunded');
  expect(processes()).toEqual(before);
});
