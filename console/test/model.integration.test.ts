import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RecordSender } from '@sagakit/kafka/kafkajs/producer';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import pg from 'pg';
import { Story } from '../src/api.ts';
import { Comparison, Model } from '../src/api-model.ts';
import {
  type Console,
  declined,
  good,
  put,
  sender,
  startedConsole,
  tellDefinitions,
  type Told,
} from './running.ts';

let database: { url: string; drop(): Promise<void> };
let one: Console;
let to: RecordSender;

before(async () => {
  database = await freshDatabase();
  to = await sender();
  one = await startedConsole(database.url);
  await tellDefinitions(database.url);
  await one.stop();
  one = await startedConsole(database.url);
});
after(async () => {
  await one.stop();
  await to.stop();
  await database.drop();
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${one.url}${path}`, { headers });
const json = async (path: string): Promise<unknown> => (await get(path)).json();
const post = (path: string, body?: object) =>
  fetch(`${one.url}${path}`, {
    method: 'POST',
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });

/** Once all of its messages are there. */
const whole = (told: Told) =>
  eventually('all of the story is there', async () => {
    const response = await get(`/api/stories/${told.story}?wait=2000`);
    const body = (await response.json()) as Story;
    return response.status === 200 && body.more.messages === told.ids.length && body;
  });

describe('the read model', () => {
  it('is built again under load, with every request answered, equal, and shown', async () => {
    const before = Model.parse(await json('/api/model')).generations.find(
      ({ state }) => state === 'active',
    )?.id;
    const told = await put(to, good);
    await whole(told);
    let loading = true;
    const load = (async () => {
      while (loading) await put(to, declined);
    })();
    const statuses = new Set<number>();
    const looking = (async () => {
      while (loading)
        statuses
          .add((await get(`/api/stories/${told.story}`)).status)
          .add((await get('/api/stories?limit=5')).status);
    })();
    assert.equal((await post('/api/model/rebuild')).status, 202);
    assert.equal((await post('/api/model/rebuild')).status, 409, 'one at a time');
    const model = await eventually(
      'it is switched',
      async () => {
        const now = Model.parse(await json('/api/model'));
        if (now.rebuild?.state === 'failed' || now.rebuild?.state === 'unequal')
          throw new Error(JSON.stringify(now.comparison ?? now.rebuild));
        return now.rebuild?.state === 'switched' && now;
      },
      { withinMs: 60_000 },
    );
    loading = false;
    await Promise.all([load, looking]);
    assert.deepEqual([...statuses], [200]);
    assert.equal(model.comparison?.equal, true);
    assert.ok(
      model.comparison?.tables.every(({ rows, table }) => rows[0] > 0 || /copy|parked|product/.test(table)),
    );
    const active = model.generations.find(({ state }) => state === 'active')?.id;
    assert.notEqual(active, before);
    assert.equal(Story.parse(await json(`/api/stories/${told.story}`)).correlationId, told.story);
  });

  it('says which keys differ', async () => {
    const { generations } = Model.parse(await json('/api/model'));
    const active = generations.find(({ state }) => state === 'active')?.id ?? 0;
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ story: string }>(
      `select story from g${active}.story where kind = 3 limit 1`,
    );
    const story = rows[0]?.story ?? '';
    await client.query(`update g${active}.story set reason = 'forged' where story = $1`, [story]);
    const comparison = Comparison.parse(await (await post('/api/model/compare')).json());
    assert.equal(comparison.equal, false);
    assert.deepEqual(
      comparison.tables.filter(({ equal }) => !equal).map(({ table, differing }) => [table, differing]),
      [['story', [story]]],
    );
    await client.end();
  });

  it('can be switched back, and goes on', async () => {
    const before = Model.parse(await json('/api/model')).generations.find(
      ({ state }) => state === 'retired',
    )?.id;
    const response = await post('/api/model/switch-back');
    assert.deepEqual(
      [response.status, ((await response.json()) as { generation: number }).generation],
      [200, before],
    );
    await whole(await put(to, good));
  });

  it('is the same after its schemas were dropped', async () => {
    const told = await put(to, declined);
    const before = await whole(told);
    await one.stop();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname ~ '^(g[0-9]+|console)$'`,
    );
    for (const { name } of rows) await client.query(`drop schema ${name} cascade`);
    await client.end();
    one = await startedConsole(database.url);
    await tellDefinitions(database.url);
    await one.stop();
    one = await startedConsole(database.url);
    assert.deepEqual(await whole(told), before);
  });
});

describe('the stream', () => {
  const listen = async (query: string) => {
    const controller = new AbortController();
    const response = await fetch(`${one.url}/api/stream?${query}`, { signal: controller.signal });
    const reader = (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    let text = '';
    const reading = (async () => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    })().catch(() => {});
    return { response, text: () => text, end: () => controller.abort(), reading };
  };

  it('says what changed, and HTTP what it is', async () => {
    const told = await put(to, (command) => (command === 'ProcessPayment' ? 'stop' : 'yes'));
    await whole(told);
    const [mine, all] = await Promise.all([listen(`story=${told.story}`), listen('stories=true')]);
    assert.match(mine.response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const other = await put(to, good);
    await eventually('the list is told', async () => /event: stories\ndata: {"n":\d+}/.test(all.text()));
    await whole(other);
    assert.doesNotMatch(mine.text(), /event:/, 'another story is none of its business');
    mine.end();
    all.end();
  });

  it('says goodbye when the console stops', async () => {
    const waiting = await listen('stories=true');
    await one.stop();
    await waiting.reading;
    assert.match(waiting.text(), /event: bye\ndata: {"afterMs":1000}/);
    one = await startedConsole(database.url);
  });
});
