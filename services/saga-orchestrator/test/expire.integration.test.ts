/** When a step has timed out, and when not: on a real Postgres, the consumer's view of Kafka played. */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { OrderPlaced } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import type { Background } from '@sagakit/resilience/background';
import type { BatchConsumer } from '@sagakit/kafka/kafkajs/consumer';
import { quiet } from '@sagakit/resilience/log';
import { newId } from '@sagakit/resilience/ids';
import { eventually } from '@sagakit/testing/eventually';
import { type Participant, participant, messagesOf } from '@sagakit/testing/participant';
import { expireDeadlines } from '@sagakit/saga/deadlines';
import { withDeadline } from '@sagakit/saga/define';
import { definitionsOf } from '@sagakit/saga/release';
import { sagaAggregate } from '@sagakit/saga/runner/unit';
import { RELEASE } from '../src/sagas/all.ts';
import { placed } from './messages.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue, 'inventory.commands');

/** Longer than it takes to judge where nothing stands against it. */
const LONG_MS = 2_500;

describe('a step', () => {
  let own: Participant;
  /** What the consumer would say. */
  let seen: { readAgoMs: number; backSince: number; partitions: Set<number> };
  let background: Background;

  before(async () => {
    const release = { ...RELEASE, started: RELEASE.started.map((saga) => withDeadline(saga, 100)) };
    own = await participant({
      catalogue,
      consumer: 'saga-orchestrator',
      aggregates: [sagaAggregate(definitionsOf(release), { source: '/saga-orchestrator', catalogue })],
      migrations: new URL('../prisma/migrations/', import.meta.url),
    });
  });
  after(() => own.close());
  beforeEach(async () => {
    seen = { readAgoMs: 0, backSince: -Infinity, partitions: new Set([0]) };
    const consumer: Pick<BatchConsumer, 'readAgoMs' | 'backSince' | 'partitions'> = {
      readAgoMs: () => seen.readAgoMs,
      backSince: () => seen.backSince,
      partitions: () => seen.partitions,
    };
    background = expireDeadlines({
      definitions: definitionsOf(RELEASE),
      pool: own.pool,
      processor: own.processor,
      consumer,
      everyMs: 100,
      log: quiet,
    });
    await own.query('delete from deadlines');
  });

  /** An order whose first command is due soon, and is sent already. */
  async function waiting(): Promise<OrderId> {
    const orderId = newId() as OrderId;
    await own.process(recordOf(envelopeOf(OrderPlaced({ ...placed.data, orderId }))));
    await own.query('delete from outbox');
    return orderId;
  }
  const statusOf = async (orderId: OrderId) =>
    (await own.query<{ status: string }>('select status from sagas where order_id = $1', [orderId]))[0]
      ?.status;
  const judged = (orderId: OrderId) =>
    eventually('it has timed out', async () => (await statusOf(orderId)) === 'compensating', {
      withinMs: 10_000,
    });

  async function notWhile(orderId: OrderId, mend: () => unknown): Promise<void> {
    background.start();
    try {
      await delay(LONG_MS);
      assert.equal(await statusOf(orderId), 'running');
      await mend();
      await judged(orderId);
    } finally {
      await background.stop();
    }
  }

  it('is judged where nothing stands against it', async () => {
    const orderId = await waiting();
    background.start();
    await judged(orderId);
    await background.stop();
  });

  it('is not judged while replies may lie unread', async () => {
    const orderId = await waiting();
    seen.readAgoMs = Infinity;
    await notWhile(orderId, () => (seen.readAgoMs = 0));
  });

  it('is not judged while what was written before the deadline may lie unread', async () => {
    const orderId = await waiting();
    seen.readAgoMs = 60_000;
    await notWhile(orderId, () => (seen.readAgoMs = 1_000));
  });

  it('is judged if it was over before what may lie unread was written', async () => {
    const orderId = await waiting();
    await own.query(`update deadlines set due_at = now() - interval '2 minutes' where order_id = $1`, [
      orderId,
    ]);
    seen.readAgoMs = 60_000;
    background.start();
    await judged(orderId).finally(() => background.stop());
  });

  it('is not judged while our own question may not have been sent', async () => {
    const orderId = await waiting();
    await own.query(
      `insert into outbox (topic, key, message, created_at) values ('order.commands', 'k', '{}', now() - interval '5 seconds')`,
    );
    await notWhile(orderId, () => own.query('delete from outbox'));
  });

  it("is not judged in another replica's partitions", async () => {
    const orderId = await waiting();
    seen.partitions = new Set([1, 2]);
    await notWhile(orderId, () => (seen.partitions = new Set([0])));
  });

  it('is not judged for a while after the broker was away', async () => {
    const orderId = await waiting();
    seen.backSince = performance.now();
    await notWhile(orderId, () => (seen.backSince = -Infinity));
  });
});
