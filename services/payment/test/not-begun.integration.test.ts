/** A refund that comes while nobody has asked the provider yet drops the charge; on a real Postgres, the provider played. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Message } from '@order-saga/contracts/message';
import { ProcessPayment, RefundPayment } from '@order-saga/contracts/payment';
import type { OrderId } from '@order-saga/contracts/values';
import { createHandover } from '@order-saga/messaging/handover';
import { createEffects, EFFECT_LEASE_MS, type Effects } from '@order-saga/messaging/effects';
import { quiet } from '@order-saga/messaging/log';
import { unobserved } from '@order-saga/messaging/observe';
import type { RawRecord } from '@order-saga/messaging/open';
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
import { paymentUnit } from '../src/messages/unit.ts';

const never = new AbortController().signal;
const amount = { amount: 1000, currency: 'EUR' };
let offset = 0;

function recordOf(message: Message): RawRecord {
  const envelope = seal(message, noCause(newId(), newTraceparent()), { source: '/test', sequence: 1, now: new Date() });
  const value = Buffer.from(JSON.stringify(envelope));
  return {
    topic: 'payment.commands',
    partition: 0,
    offset: String(offset++),
    key: Buffer.from(envelope.subject),
    value,
    headers: {},
  };
}
const pay = (orderId: OrderId) => recordOf(ProcessPayment({ orderId, amount, token: 'tok_visa' }));
const undo = (orderId: OrderId) => recordOf(RefundPayment({ orderId }));

describe('a charge that nobody has begun', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let pool: Pool;
  let effects: Effects;
  let processor: Processor;
  let orderId: OrderId;
  /** Orders that the provider was asked about. */
  let asked: string[];
  /** Whether a charge that is committed now counts as begun: there is a place for it, and the provider answers. */
  let roomy: boolean;

  before(async () => {
    database = await freshDatabase();
    const own = { folder: new URL('../prisma/migrations/', import.meta.url), table: '_prisma_migrations' as const };
    await migrate(database.url, [MESSAGING_MIGRATIONS, own]);
    pool = createPool({ connectionString: database.url, service: 'test', max: 5 }, pino({ level: 'silent' }));
    processor = createProcessor({
      consumer: 'payment',
      pool,
      units: [paymentUnit('/payment')],
      log: quiet,
      observe: unobserved,
      effectLeaseMs: EFFECT_LEASE_MS,
      handover: createHandover(),
      beginsAtOnce: () => roomy,
      onEffects() {}, // each story says itself when the calls are made
      onUnfit() {},
    });
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    orderId = newId() as OrderId;
    asked = [];
    roomy = false;
    await pool.query('delete from effects; delete from outbox');
    effects = createEffects({
      pool,
      concurrency: 4,
      log: quiet,
      observe: unobserved,
      answer: (incoming) => processor.submit([incoming], never),
      handlers: {
        charge: {
          answer: 'ChargeAnswered',
          timeoutMs: 1_000,
          backoff: { initialMs: 100, maxMs: 100 },
          async call(_request: never, { subject }) {
            asked.push(subject);
            return { outcome: 'succeeded', paymentId: `pay_${subject}` };
          },
        },
      },
    });
  });

  const statusOf = async () =>
    (await pool.query<{ status: string }>('select status from payments where order_id = $1', [orderId])).rows[0]?.status;
  const said = async () =>
    (
      await pool.query<{ type: string; data: unknown }>(
        `select message::json->>'type' as type, message::json->'data' as data from outbox where key = $1 order by id`,
        [orderId],
      )
    ).rows;
  const stored = async () => {
    const { rows } = await pool.query('select id, kind, subject, request, cause, attempts, begun from effects');
    return rows as Parameters<Effects['take']>[0];
  };
  /** Whoever has it in his queue comes to it now. */
  async function comesToIt(queued: Parameters<Effects['take']>[0]): Promise<void> {
    effects.take(queued);
    await effects.stop();
  }

  async function isDropped(): Promise<void> {
    const nothing = { orderId, amount: { amount: 0, currency: 'EUR' } };
    assert.deepEqual(await said(), [{ type: 'PaymentRefunded', data: nothing }]);
    assert.equal(await statusOf(), 'UNDONE');
    assert.deepEqual(await stored(), []);
  }

  it('is not made where the refund comes in the same batch', async () => {
    roomy = true;
    await processor.process([pay(orderId), undo(orderId)], never);
    await isDropped();
  });

  it('is not made where it waited for its turn', async () => {
    await processor.process([pay(orderId)], never);
    const queued = await stored();
    assert.deepEqual(
      queued.map(({ kind, begun }) => [kind, begun]),
      [['charge', false]],
    );
    await processor.process([undo(orderId)], never);
    await isDropped();
    await comesToIt(queued);
    assert.deepEqual(asked, []);
    // A send of the same command that was under way is refused for good.
    await processor.process([pay(orderId)], never);
    assert.deepEqual((await said()).at(-1), { type: 'PaymentDeclined', data: { orderId, code: 'undone' } });
  });

  it('is made when its turn comes, and is begun from then on: a refund waits for its outcome', async () => {
    await processor.process([pay(orderId)], never);
    await comesToIt(await stored());
    assert.deepEqual(asked, [orderId]);
    assert.equal(await statusOf(), 'PROCESSED');
  });

  it('is begun at once where there is a place for it: then the refund waits', async () => {
    roomy = true;
    await processor.process([pay(orderId)], never);
    await processor.process([undo(orderId)], never);
    assert.deepEqual(await said(), []);
    assert.equal(await statusOf(), 'CHARGING');
    assert.equal((await stored()).length, 1);
  });

  it('and is begun while the refund is being decided: the refund is decided again, and waits', async () => {
    await processor.process([pay(orderId)], never);
    const other = await pool.connect();
    try {
      await other.query('begin');
      await other.query('update effects set begun = true');
      const undone = processor.process([undo(orderId)], never);
      await eventually('the refund waits for it', async () => {
        const { rows } = await pool.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      await other.query('commit');
      await undone;
    } finally {
      other.release();
    }
    assert.deepEqual(await said(), []);
    assert.equal(await statusOf(), 'CHARGING');
    assert.deepEqual(
      (await stored()).map(({ begun }) => begun),
      [true],
    );
  });
});
