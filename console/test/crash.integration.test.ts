/** The console ends at the worst moments, as a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { queryAt } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaSettings } from '@sagakit/testing/infrastructure';
import { Comparison, Model } from '../src/api-model.ts';
import { declined, good, storyTeller } from './running.ts';

const MAIN = path.join(import.meta.dirname, '../src/main.ts');
const STORIES = 150;

describe('a console that is killed', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let teller: Awaited<ReturnType<typeof storyTeller>>;
  let child: ChildProcess;
  let url = '';

  async function start(): Promise<void> {
    child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...{ PORT: '0', SHUTDOWN_DELAY_MS: '0', AUTH: 'off', LOG_LEVEL: 'info' },
        ...{ DATABASE_URL: database.url, ...kafkaSettings() },
      },
    });
    let said = '';
    child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
    const port = await eventually('it listens', () => /"port":(\d+)/.exec(said)?.[1] ?? false);
    url = `http://127.0.0.1:${port}`;
    await eventually('it is ready', async () => (await fetch(`${url}/health/ready`)).status === 200);
  }
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const model = async () => Model.parse(await (await fetch(`${url}/api/model`)).json());
  const query = <R extends object>(text: string) => queryAt<R>(database.url, text);
  const activeRead = async () => (await model()).generations.find(({ state }) => state === 'active');
  /** Nothing comes any more. */
  const caughtUp = (records: number) =>
    eventually('all is read', async () => ((await activeRead())?.read ?? 0) >= records, { withinMs: 60_000 });

  let records = 0;
  before(async () => {
    database = await freshDatabase();
    teller = await storyTeller();
    await start();
    for (let n = 0; n < STORIES; n++) {
      const told = await teller.put(n % 3 === 0 ? declined : good);
      records += told.ids.length;
    }
    await caughtUp(records);
  });
  after(async () => {
    if (child.exitCode === null && child.signalCode === null) await kill();
    await teller.stop();
    await database.drop();
  });

  it('in the middle of a rebuild goes on with it, and the two are equal', async () => {
    const before = await activeRead();
    const asked = await fetch(`${url}/api/model/rebuild`, { method: 'POST' });
    assert.equal(asked.status, 202);
    const { rebuild } = await model();
    assert.equal(rebuild?.state, 'reading');
    await kill();
    assert.deepEqual(
      (await query<{ state: string }>('select state from console.generation order by id')).map(
        (row) => row.state,
      ),
      ['active', 'building'],
    );
    await start();
    const done = await eventually(
      'it is switched',
      async () => {
        const now = await model();
        assert.ok(now.rebuild?.state !== 'failed' && now.rebuild?.state !== 'unequal', JSON.stringify(now));
        return now.rebuild?.state === 'switched' && now;
      },
      { withinMs: 90_000 },
    );
    assert.equal(done.comparison?.equal, true);
    assert.notEqual((await activeRead())?.id, before?.id);
  });

  it('while two generations were held reads again what was in memory, and counts nothing twice', async () => {
    const id = (await activeRead())?.id ?? 0;
    const counted = () => query(`select minute, topic, type, n::int from g${id}.minute order by 1, 2, 3`);
    const before = await counted();
    await kill();
    await query('update console.generation set frozen = true');
    await start();
    assert.deepEqual(await query('select 1 from console.generation where frozen'), []);
    const told = await teller.put(good);
    await eventually(
      'it goes on',
      async () => (await fetch(`${url}/api/stories/${told.story}`)).status === 200,
    );
    const sum = (rows: { n?: number }[]) => rows.reduce((total, { n = 0 }) => total + n, 0);
    const more = async () => sum(await counted()) - sum(before);
    // Its messages lie on several topics, which are read in several batches.
    await eventually('all of it is counted', async () => (await more()) >= told.ids.length);
    const compared = await fetch(`${url}/api/model/compare`, { method: 'POST' });
    assert.equal(Comparison.parse(await compared.json()).equal, true);
    assert.equal(await more(), told.ids.length);
  });
});
