import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPool } from '@sagakit/postgres/pool';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import fc from 'fast-check';
import type { Pool } from 'pg';
import pino from 'pino';
import { foldBatch } from '../src/projection/fold.ts';
import type { Rows } from '../src/projection/rows.ts';
import { beginGeneration, prepareGenerations } from '../src/store/generations.ts';
import { createWriter } from '../src/store/write.ts';
import { aLog, shuffledTwice } from './logs.ts';
import { BEGAN, contactData, placedData, recordOf, uuidAt } from './records.ts';

const log = pino({ level: 'silent' });
const NOW = () => BEGAN + 60_000;
const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The tables as the folds have them. */
async function tablesOf(pool: Pool, g: string): Promise<Record<string, unknown[]>> {
  const rows = async (text: string) => (await pool.query<Record<string, unknown>>(text)).rows;
  const place = 'topic, partition, "offset"::text as "offset"';
  return {
    messages:
      await rows(`select ${place}, source, id, story, subject, type, ${iso('time')} as time, ${iso('logged_at')} as "loggedAt",
      sequence::int, hops, cause, saga, trace, span, version, value, bytes from ${g}.message`),
    copies: await rows(
      `select ${place}, source, id, story, type, ${iso('logged_at')} as "loggedAt" from ${g}.copy`,
    ),
    stories:
      await rows(`select story, kind, subject, ${iso('first_at')} as "firstAt", ${iso('last_at')} as "lastAt", undone,
      placed_key as "placedKey", order_id as "orderId", customer, title, skus, amount::int, currency, ${iso('placed_at')} as "placedAt",
      status_key as "statusKey", status, reason, ${iso('status_at')} as "statusAt",
      saga_key as "sagaKey", saga, saga_status as "sagaStatus" from ${g}.story`),
    traces: await rows(`select trace, story from ${g}.story_trace`),
    parked:
      await rows(`select service, ${place}, parked_key as "parkedKey", story, key, type, message_id as "messageId", reason, error,
      attempts, ${iso('parked_at')} as "parkedAt", value from ${g}.parked`),
    products: await rows(
      `select sku, name, amount::int, currency, product_key as "productKey" from ${g}.product`,
    ),
    minutes: await rows(`select ${iso('minute')} as minute, topic, type, n::int from ${g}.minute`),
    positions:
      await rows(`select topic, partition, next::text, ${iso('logged_at')} as "loggedAt", first::text,
      ${iso('first_at')} as "firstAt" from ${g}.position`),
  };
}

const NOTHING: Record<string, unknown> = {
  ...{
    placedKey: null,
    orderId: null,
    customer: null,
    title: null,
    skus: null,
    amount: null,
    currency: null,
    placedAt: null,
  },
  ...{
    statusKey: null,
    status: null,
    reason: null,
    statusAt: null,
    sagaKey: null,
    saga: null,
    sagaStatus: null,
  },
};

/** The folds' rows in the shape of the tables. */
const foldedTables = (rows: Rows): Record<string, unknown[]> => {
  const tables: Record<string, unknown[]> = {};
  for (const [name, map] of Object.entries(rows) as [string, Map<string, unknown>][])
    tables[name] = [...map.values()];
  tables['stories'] = [...rows.stories.values()].map(({ placed, status, saga, ...row }) => ({
    ...NOTHING,
    ...row,
    ...placed,
    ...status,
    ...saga,
  }));
  return tables;
};

const sorted = (tables: Record<string, unknown[]>) =>
  Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [
      name,
      rows.map((row) => JSON.stringify(Object.entries(row as object).sort())).sort(),
    ]),
  );

describe('the store', () => {
  let pool: Pool;
  let drop: () => Promise<void>;
  before(async () => {
    const database = await freshDatabase();
    drop = database.drop;
    pool = createPool({ address: database.url, service: 'console', max: 4 }, log);
    await prepareGenerations(pool);
  });
  after(async () => {
    await pool.end();
    await drop();
  });

  const freshGeneration = async () => {
    await pool.query(`update console.generation set state = 'retired' where state = 'building'`);
    return (await beginGeneration(pool))?.id as number;
  };

  it('holds what the folds say, however the records are cut into batches, ordered and repeated', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(aLog.chain(shuffledTwice), cuts, async ({ log: records, again }, sizes) => {
        const generation = await freshGeneration();
        const writer = createWriter(pool, generation, NOW);
        const left = [...again];
        for (const size of sizes) if (left.length > 0) await writer.write(foldBatch(left.splice(0, size)));
        await writer.write(foldBatch(left));
        assert.deepEqual(
          sorted(await tablesOf(pool, `g${generation}`)),
          sorted(foldedTables(foldBatch(records))),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('writes from two sides at once without losing anything', async () => {
    const generation = await freshGeneration();
    const records = Array.from({ length: 400 }, (_, n) =>
      recordOf({
        type: 'SagaStarted',
        data: { orderId: 'o', saga: 's', version: 1 },
        story: `story-${n % 20}`,
        sequence: n + 1,
        at: n,
      }),
    );
    const sides = [records, records.toReversed()].map((own) => {
      const writer = createWriter(pool, generation, NOW);
      return (async () => {
        for (let at = 0; at < own.length; at += 40) await writer.write(foldBatch(own.slice(at, at + 40)));
      })();
    });
    await Promise.all(sides);
    assert.deepEqual(
      sorted(await tablesOf(pool, `g${generation}`)),
      sorted(foldedTables(foldBatch(records))),
    );
  });

  it('tells which stories got something, and nothing of what was known', async () => {
    const writer = createWriter(pool, await freshGeneration(), NOW);
    const rows = () =>
      foldBatch([
        recordOf({ type: 'OrderPlaced', data: placedData() }),
        recordOf({ type: 'NewerWriter', data: {}, sequence: 2 }),
      ]);
    assert.deepEqual([...(await writer.write(rows())).values()], [2]);
    assert.deepEqual([...(await writer.write(rows())).values()], []);
  });

  it('has a partition for each day of messages, and forgets whole days', async () => {
    const generation = await freshGeneration();
    const day = 24 * 60 * 60 * 1000;
    const said = [0, 1, 8].map((ago, n) =>
      recordOf({ type: 'NewerWriter', data: {}, id: uuidAt(BEGAN - ago * day, n), offset: n }),
    );
    const strange = ['no-uuid', uuidAt(BEGAN + 400 * day, 1), '00000000-0000-4000-8000-000000000000'];
    const others = strange.map((id, n) => recordOf({ type: 'NewerWriter', data: {}, id, offset: 10 + n }));
    let now = NOW();
    const writer = createWriter(pool, generation, () => now);
    await writer.write(foldBatch([...said, ...others]));
    const lies = async () => {
      const { rows } = await pool.query<{ table: string }>(
        `select tableoid::regclass::text as table from g${generation}.message order by 1`,
      );
      return rows.map(({ table }) => table.replace(/^g\d+\.message_/, ''));
    };
    const all = ['d20261118', 'd20261125', 'd20261126', 'default', 'default', 'default'];
    assert.deepEqual(await lies(), all);
    now += 2 * day;
    const next = recordOf({ type: 'NewerWriter', data: {}, id: uuidAt(BEGAN + 2 * day, 7), offset: 20 });
    await writer.write(foldBatch([next]));
    assert.deepEqual(await lies(), [...all.slice(1, 3), 'd20261128', ...all.slice(3)]);
  });

  it('leaves out what its topic keeps for longer than a story is kept', async () => {
    const generation = await freshGeneration();
    const now = BEGAN + 30 * 24 * 60 * 60 * 1000;
    const of = (ms: number) =>
      recordOf({ type: 'ContactProvided', data: contactData(), id: uuidAt(ms, 1), offset: ms % 97 });
    const writer = createWriter(pool, generation, () => now);
    await writer.write(foldBatch([of(BEGAN), of(now)]));
    const { rows } = await pool.query(`select id from g${generation}.message`);
    assert.deepEqual(rows, [{ id: uuidAt(now, 1) }]);
  });

  it('takes what lay in the default partition along when its day comes', async () => {
    const generation = await freshGeneration();
    const later = BEGAN + 3 * 24 * 60 * 60 * 1000;
    const [early, inTime] = [1, 2].map((n) =>
      recordOf({ type: 'NewerWriter', data: {}, id: uuidAt(later, n), offset: n }),
    );
    await createWriter(pool, generation, NOW).write(foldBatch([early as never]));
    await createWriter(pool, generation, () => later).write(foldBatch([inTime as never]));
    const { rows } = await pool.query(
      `select distinct tableoid::regclass::text as table, count(*)::int as n from g${generation}.message group by 1`,
    );
    assert.deepEqual(rows, [{ table: `g${generation}.message_d20261129`, n: 2 }]);
  });
});
