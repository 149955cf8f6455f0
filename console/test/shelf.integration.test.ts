/** Which generation is shown, and which are dropped, by a real database and readers. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { createPool } from '@sagakit/postgres/pool';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaAs } from '@sagakit/testing/infrastructure';
import type { Pool } from 'pg';
import pino from 'pino';
import { beginGeneration, listGenerations, prepareGenerations } from '../src/store/generations.ts';
import { createShelf, type Shelf } from '../src/store/shelf.ts';
import { createHub } from '../src/stream/hub.ts';

const log = pino({ level: 'silent' });
const topics = [...catalogue.topics.keys()];
const partitionCount = topics.reduce((sum, topic) => sum + catalogue.settingsOf(topic).partitions, 0);

describe('the shelf', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let pool: Pool;
  let shelf: Shelf;

  async function begin(keepRetiredMs: number): Promise<void> {
    const onDead = (error: Error) => assert.fail(error);
    const about = { kafka: kafkaAs('shelf'), topics, partitionCount, hub: createHub(), log, onDead };
    shelf = createShelf({ ...about, pool, keepRetiredMs });
    const [first] = await prepareGenerations(pool);
    assert.ok(first);
    shelf.remember({ active: first.id, retired: [] });
    await shelf.open(first);
  }
  /** Another that is read, as a rebuild begins one. */
  async function build(): Promise<number> {
    const generation = await beginGeneration(pool);
    assert.ok(generation);
    await shelf.open(generation);
    return generation.id;
  }
  const known = async () => (await listGenerations(pool)).map(({ id, state }) => `${id} ${state}`);

  beforeEach(async () => {
    await createTopics(kafkaAs('shelf'), catalogue.topics, quiet);
    database = await freshDatabase();
    pool = createPool({ address: database.url, service: 'console', max: 4 }, log);
  });
  afterEach(async () => {
    await shelf.stop();
    await pool.end();
    await database.drop();
  });

  it('that two switch back at once shows what they switched to, and drops the other alone', async () => {
    await begin(1_500);
    const second = await build();
    await shelf.show(second);
    await Promise.all([shelf.show(1), shelf.show(1)]);
    assert.deepEqual([shelf.active(), shelf.before()], [1, second], 'the one that is shown has no date');
    await eventually('the other is dropped', async () => !(await known()).includes(`${second} retired`));
    assert.deepEqual(await known(), ['1 active']);
    assert.deepEqual([shelf.active(), shelf.before(), shelf.ids()], [1, undefined, [1]]);
  });

  it('keeps one that can be switched back to, however often it is built again', async () => {
    await begin(60_000);
    for (let n = 0; n < 3; n++) await shelf.show(await build());
    await eventually('those before it are dropped', async () => (await known()).length === 2);
    assert.deepEqual(await known(), ['3 retired', '4 active']);
    assert.deepEqual([shelf.ids(), shelf.before()], [[3, 4], 3]);
  });
});
