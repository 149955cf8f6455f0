/**
 * What strangers write into the topics, and ask by HTTP: no 5xx, no exit, nothing left out of the model, and
 * nothing shown of what schemas mark as personal or secret. `npm run bench:hostile` does it with 10,000
 * records and 100,000 requests, and looks at it in a browser.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { newId } from '@sagakit/resilience/ids';
import { connectedTo } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { SECRETS } from '../../e2e/support/hostile.ts';
import { Found } from '../src/api.ts';
import { Model } from '../src/api-model.ts';
import { looksAt, questions, storiesAt, type Stranger, strangerAt, writeHostile } from './hostile.ts';
import { consoleOfThisFile, declined } from './running.ts';

const { url, databaseUrl, sender, put, get, json, post, whole } = consoleOfThisFile(`hostile-${newId()}.`);

const RECORDS = 560;
const REQUESTS = 2_000;
const STORIES = 60;
const SEED = 20_261_126;

const model = async () => Model.parse(await json('/api/model'));
const isBuilt = async () => {
  const now = await model();
  return !['reading', 'comparing'].includes(now.rebuild?.state ?? '') && now;
};

/** How many rows of what is stored say it. */
async function storedRows(text: string): Promise<number> {
  const active = (await model()).generations.find(({ state }) => state === 'active')?.id;
  return connectedTo(databaseUrl(), async (client) => {
    let found = 0;
    for (const table of ['message', 'copy', 'story', 'parked', 'product']) {
      const { rows } = await client.query<{ n: number }>(
        `select count(*)::int as n from g${active}.${table} as t where strpos(t::text, $1) > 0`,
        [text],
      );
      found += rows[0]?.n ?? 0;
    }
    return found;
  });
}

describe('hostile records', () => {
  let stranger: Stranger;
  before(async () => {
    stranger = await strangerAt(url());
  });
  after(() => stranger.leave());

  it('are read, every one of them, and an honest story is as it was', async () => {
    const told = await put(declined);
    const story = await whole(told);
    const before = await readSoFar();
    const written = await writeHostile(sender(), RECORDS, SEED);
    await eventually('all are read', async () => (await readSoFar()) - before >= written);
    assert.deepEqual(await figure('records_left_out_total'), 0);
    assert.deepEqual(await whole(told), story);
  });

  it('can all be looked at, and show nothing of anybody', async () => {
    const ids = await storiesAt(stranger, STORIES);
    assert.ok(ids.length > STORIES, String(ids.length));
    let shown = 0;
    for (const id of ids) {
      const seen = await stranger.askAll(await looksAt(stranger, id));
      shown += seen.get(200) ?? 0;
      // An id that is longer than any word of ours may be, or has what no word has.
      for (const status of seen.keys()) assert.ok(status === 200 || status === 400, `${id}: ${status}`);
    }
    assert.ok(shown > ids.length * 4, String(shown));
    for (const secret of SECRETS) assert.equal(await storedRows(secret), 0, secret);
    for (const q of ['grace@hidden.example', 'tok_5ec2e7f0'])
      assert.deepEqual(Found.parse(await json(`/api/find?q=${encodeURIComponent(q)}`)).hits, [], q);
    assert.ok((await storedRows('…@hidden.example')) > 0, 'and they were there to be cut');
  });

  it('are equal in a model that is built anew', async () => {
    assert.equal((await post('/api/model/rebuild')).status, 202);
    const { rebuild, comparison } = await eventually('it is built', isBuilt, { withinMs: 60_000 });
    assert.equal(rebuild?.state, 'switched', JSON.stringify(comparison));
  });

  it('and hostile requests are answered, none by a 5xx', async () => {
    const seen = await stranger.askAll(await questions(stranger, { count: REQUESTS, seed: SEED }));
    for (const status of [200, 400, 403, 404, 415]) assert.ok(seen.has(status), `${status} was not provoked`);
    await eventually('what they began is done', isBuilt, { withinMs: 60_000 });
    assert.equal((await get('/health/ready')).status, 200);
  });

  async function figure(name: string): Promise<number> {
    const text = await (await get('/metrics')).text();
    return Number(new RegExp(`^order_saga_console_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }
  const readSoFar = () => figure('records_total');
});
