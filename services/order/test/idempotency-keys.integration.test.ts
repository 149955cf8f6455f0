import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPruning, type Prune } from '@sagakit/messaging/maintenance/prune';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { participant } from '@sagakit/testing/participant';
import { readSettings } from '@sagakit/service-kit/config';
import { Settings } from '../src/settings.ts';
import { pruneKeys } from '../src/storage/idempotency-keys.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const config = (given: NodeJS.ProcessEnv) => readSettings(given, Settings);
const migrations = new URL('../prisma/migrations/', import.meta.url);
const environment = {
  PORT: '0',
  DATABASE_URL: 'postgres://a@127.0.0.1/b',
  KAFKA_BROKERS: '127.0.0.1:9092',
  AUTH: 'off',
};

describe('Idempotency-Keys', () => {
  it('are remembered for a week, unless it is set otherwise', () => {
    assert.equal(config(environment).IDEMPOTENCY_KEY_AGE_MS, 7 * DAY_MS);
    assert.equal(
      config({ ...environment, IDEMPOTENCY_KEY_AGE_MS: String(DAY_MS) }).IDEMPOTENCY_KEY_AGE_MS,
      DAY_MS,
    );
    assert.throws(() => config({ ...environment, IDEMPOTENCY_KEY_AGE_MS: '0' }), /IDEMPOTENCY_KEY_AGE_MS/);
  });

  it('are forgotten in small steps, by the loop that forgets everything else, whatever else cannot be forgotten', async () => {
    const own = await participant({ catalogue, consumer: 'order', aggregates: [], migrations });
    const count = async () => (await own.query<{ key: string }>('select key from idempotency_keys')).length;
    try {
      await own.query(
        `insert into idempotency_keys (key, request_hash, response, created_at)
         select 'old ' || n, '', '{}'::json, now() - interval '7 days 1 minute' from generate_series(1, 2500) n
         union all select 'young ' || n, '', '{}'::json, now() - interval '6 days 23 hours' from generate_series(1, 50) n`,
      );
      assert.equal(await pruneKeys(own.pool, 7 * DAY_MS), 1_000, 'a step is bounded');
      const broken: Prune = () => Promise.reject(new Error('this one cannot'));
      const pruning = createPruning({
        pool: own.pool,
        catalogue,
        topics: [],
        own: [broken, (db) => pruneKeys(db, 7 * DAY_MS)],
        log: quiet,
      });
      pruning.start();
      await eventually('the old ones are forgotten', async () => (await count()) === 50, {
        seen: count,
      }).finally(pruning.stop);
      const left = await own.query<{ key: string }>(`select key from idempotency_keys where key like 'old%'`);
      assert.deepEqual(left, []);
    } finally {
      await own.close();
    }
  });
});
