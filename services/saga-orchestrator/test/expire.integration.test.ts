/** When silence is judged, and when not: on a real Postgres, the consumer's view of Kafka played. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { OrderPlaced } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import { createHandover } from '@order-saga/messaging/handover';
import type { Background } from '@order-saga/messaging/background';
import type { BatchConsumer } from '@order-saga/messaging/kafka/consumer';
import { quiet } from '@order-saga/messaging/log';
import { unobserved } from '@order-saga/messaging/observe';
import { createProcessor, type Processor } from '@order-saga/messaging/processor';
import { newId } from '@order-saga/messaging/random';
import { noCause, seal } from '@order-saga/messaging/seal';
import { newTraceparent } from '@order-saga/messaging/trace';
import { createPool } from '@order-saga/service-kit/database';
import { MESSAGING_MIGRATIONS, migrate } from '@order-saga/service-kit/migrate';
import { eventually } from '@order-saga/testing/eventually';
import { freshDatabase } from '@order-saga/testing/infrastructure';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { expireDeadlines } from '../src/deadlines/expire.ts';
import { withDeadline } from '../src/engine/define-saga.ts';
import { definitionsOf } from '../src/engine/release.ts';
import { sagaUnit } from '../src/messages/unit.ts';
import { RELEASE } from '../src/sagas/all.ts';
import { placed } from './messages.ts';

const never = new AbortController().signal;
/** Longer than it takes to judge where nothing stands against it. */
const LONG_MS = 2_500;

describe('silence', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let pool: Pool;
  let processor: Processor;
  /** What the consumer would say. */
  let seen: { caughtUp: boolean; backSince: number; partitions: Set<number> };
  let background: Background;

  before(async () => {
    database = await freshDatabase();
    const own = { folder: new URL('../prisma/migrations/', import.meta.url), table: '_prisma_migrations' as const };
    await migrate(database.url, [MESSAGING_MIGRATIONS, own]);
    pool = createPool({ connectionString: database.url, service: 'test', max: 3 }, pino({ level: 'silent' }));
    const release = { ...RELEASE, started: RELEASE.started.map((saga) => withDeadline(saga, 100)) };
    processor = createProcessor({
      consumer: 'saga-orchestrator',
      pool,
      units: [sagaUnit(definitionsOf(release), '/saga-orchestrator')],
      log: quiet,
      observe: unobserved,
      effectLeaseMs: 1_000,
      handover: createHandover(),
      onEffects() {},
      onUnfit() {},
    });
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    seen = { caughtUp: true, backSince: 0, partitions: new Set([0]) };
    const consumer: Pick<BatchConsumer, 'caughtUp' | 'backSince' | 'partitions'> = {
      caughtUp: () => seen.caughtUp,
      backSince: () => seen.backSince,
      partitions: () => seen.partitions,
    };
    background = expireDeadlines({ pool, processor, consumer, everyMs: 100, log: quiet });
    await pool.query('delete from deadlines');
  });

  /** An order whose first command is due soon, and is sent already. */
  async function waiting(): Promise<OrderId> {
    const orderId = newId() as OrderId;
    const message = seal(OrderPlaced({ ...placed.data, orderId }), noCause(newId(), newTraceparent()), {
      source: '/order',
      sequence: 1,
      now: new Date(),
    });
    const value = Buffer.from(JSON.stringify(message));
    await processor.process(
      [{ topic: 'order.events', partition: 0, offset: String(Date.now()), key: Buffer.from(orderId), value, headers: {} }],
      never,
    );
    await pool.query('delete from outbox');
    return orderId;
  }
  const statusOf = async (orderId: OrderId) =>
    (await pool.query<{ status: string }>('select status from sagas where order_id = $1', [orderId])).rows[0]?.status;
  const judged = (orderId: OrderId) =>
    eventually('silence is judged', async () => (await statusOf(orderId)) === 'compensating', { withinMs: 10_000 });

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
    seen.caughtUp = false;
    await notWhile(orderId, () => (seen.caughtUp = true));
  });

  it('is not judged while our own question may not have been sent', async () => {
    const orderId = await waiting();
    await pool.query(
      `insert into outbox (topic, key, message, created_at) values ('order.commands', 'k', '{}', now() - interval '5 seconds')`,
    );
    await notWhile(orderId, () => pool.query('delete from outbox'));
  });

  it("is not judged in another replica's partitions", async () => {
    const orderId = await waiting();
    seen.partitions = new Set([1, 2]);
    await notWhile(orderId, () => (seen.partitions = new Set([0])));
  });

  it('is not judged for a while after the broker was away', async () => {
    const orderId = await waiting();
    seen.backSince = Date.now();
    await notWhile(orderId, () => (seen.backSince = 0));
  });
});
