import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import pg from 'pg';
import { Story } from '../src/api.ts';
import { Comparison, Model, Reading } from '../src/api-model.ts';
import { consoleOfThisFile, declined, good } from './running.ts';

const { url, databaseUrl, stop, start, startAnew, put, get, json, post, whole } = consoleOfThisFile();

describe('the read model', () => {
  it('is built again under load, with every request answered, equal, and shown', async () => {
    const before = Model.parse(await json('/api/model')).generations.find(
      ({ state }) => state === 'active',
    )?.id;
    const told = await put(good);
    await whole(told);
    let loading = true;
    const load = (async () => {
      while (loading) await put(declined);
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
    const early = await post('/api/model/compare');
    assert.deepEqual(
      [early.status, early.headers.get('content-type')],
      [409, 'application/problem+json; charset=utf-8'],
      'and it is compared when it has read all',
    );
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
    const client = new pg.Client({ connectionString: databaseUrl() });
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

  it('is compared once for all who ask at the same time', async () => {
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/api/model/compare')));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.ok(performance.now() - began < 20_000);
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
    await whole(await put(good));
  });

  it('is the same after its schemas were dropped', async () => {
    const told = await put(declined);
    const before = await whole(told);
    await stop();
    const client = new pg.Client({ connectionString: databaseUrl() });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname ~ '^(g[0-9]+|console)$'`,
    );
    for (const { name } of rows) await client.query(`drop schema ${name} cascade`);
    await client.end();
    await startAnew();
    assert.deepEqual(await whole(told), before);
    await eventually('it says that it is as far as what was written', async () => {
      const { state, behindSeconds } = Reading.parse(await json('/api/model/reading'));
      return state === 'current' && behindSeconds !== undefined;
    });
  });
});

describe('the stream', () => {
  const listen = async (query: string) => {
    const controller = new AbortController();
    const response = await fetch(`${url()}/api/stream?${query}`, { signal: controller.signal });
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
    const told = await put((command) => (command === 'ProcessPayment' ? 'stop' : 'yes'));
    await whole(told);
    const [mine, all] = await Promise.all([listen(`story=${told.story}`), listen('stories=true')]);
    assert.match(mine.response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const other = await put(good);
    await eventually('the list is told', async () => /event: stories\ndata: {"n":\d+}/.test(all.text()));
    await whole(other);
    const heard = [...mine.text().matchAll(/^event: (.+)$/gm)].map(([, name]) => name);
    assert.deepEqual(heard, ['opened'], 'another story is none of its business');
    mine.end();
    all.end();
  });

  it('says goodbye when the console stops', async () => {
    const waiting = await listen('stories=true');
    await stop();
    await waiting.reading;
    assert.match(waiting.text(), /event: bye\ndata: {"afterMs":1000}/);
    await start();
  });
});
