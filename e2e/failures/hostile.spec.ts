/**
 * Whatever stands on a topic: it is parked or ignored by name, nobody exits, nobody hangs, and an order
 * placed then goes through.
 */
import { SERVICES, type ServiceName, type Topic } from '@order-saga/contracts/system';
import { TOPICS } from '@order-saga/contracts/topics';
import { inChunks } from '@sagakit/kafka/chunks';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { lagOf } from '@sagakit/kafka/admin/offsets';
import { kafkaOf, readState, stackDir } from '../../tools/stack/state.ts';
import { GROUPS } from '../support/groups.ts';
import { hostileRecords } from '../support/hostile.ts';
import { metric } from '../support/metrics.ts';
import { call, eventually, expect, orderBody, shop, someSku, stack, test } from '../support/story.ts';

/** To each topic; `HOSTILE=10000 npm run e2e -- failures/hostile` is the long version. */
const COUNT = Number(process.env['HOSTILE'] ?? 300);
test.setTimeout(120_000 + COUNT * 60);

const processes = () =>
  readState(stackDir())?.components.map(({ name, instance, pid, startedAt }) => ({
    name,
    instance,
    pid,
    startedAt,
  }));

test(`${COUNT} hostile records to every topic: all parked or ignored by name, no exit, no lag, and an order goes through`, async () => {
  const connection = kafkaOf(stack(), 'attacker');
  const before = processes();
  const topics = (Object.keys(TOPICS) as Topic[]).filter((topic) => !topic.endsWith('.dlq'));
  const counted = ['messages_parked_total', 'messages_ignored_total', 'messages_duplicate_total'];
  const handled = async (service: ServiceName) => {
    const counts = await Promise.all(counted.map((name) => metric(service, name)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const at = new Map(
    await Promise.all(SERVICES.map(async (service) => [service, await handled(service)] as const)),
  );

  const seed = Date.now() % 1_000_000;
  console.log(`  seed ${seed}`);
  for (const topic of topics) {
    const records = hostileRecords(topic, COUNT, seed + topics.indexOf(topic));
    for (const chunk of inChunks(records, (record) => record)) await sendRecords(connection, chunk);
  }

  for (const [group, read] of Object.entries(GROUPS)) {
    await eventually(
      `${group} has read everything`,
      async () => (await lagOf(connection, group, read)) === 0,
      {
        withinMs: 60_000 + COUNT * 20,
        everyMs: 500,
        seen: () => `see ${group}'s log`,
      },
    );
  }
  for (const service of SERVICES) {
    const read = GROUPS[service];
    const seen = (await handled(service)) - (at.get(service) ?? 0);
    // Each record counts once; a few of the ignored may be honest messages of other tests.
    expect(seen, `${service} parked or ignored ${seen} of ${read.length * COUNT}`).toBeGreaterThanOrEqual(
      read.length * COUNT,
    );
    const deadLetters = await call<{ items: { reason: string }[] }>(
      `${shop.urls[service]}/dead-letters?limit=200`,
    );
    expect(deadLetters.status).toBe(200);
    for (const { reason } of deadLetters.body.items) expect(reason).toMatch(/^[a-z-]+$/);
  }
  expect(processes()).toEqual(before);

  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
  await shop.sagaEnded(orderId);
});
