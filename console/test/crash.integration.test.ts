/** The console ends at the worst moments, as a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { lagOf } from '@sagakit/kafka/admin/offsets';
import { connectedTo, queryAt } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaAs, kafkaSettings } from '@sagakit/testing/infrastructure';
import { Comparison, Model } from '../src/api-model.ts';
import { declined, good, storyTeller } from './running.ts';

const MAIN = path.join(import.meta.dirname, '../src/main.ts');
const STORIES = 150;
/** It gives way to whatever else runs here, also while it starts. */
const PATIENT = { withinMs: 90_000 };

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
    const port = await eventually('it listens', () => /"port":(\d+)/.exec(said)?.[1] ?? false, PATIENT);
    url = `http://127.0.0.1:${port}`;
    await eventually('it is ready', async () => (await fetch(`${url}/health/ready`)).status === 200, PATIENT);
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
    eventually('all is read', async () => ((await activeRead())?.read ?? 0) >= records, PATIENT);

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
      PATIENT,
    );
    assert.equal(done.comparison?.equal, true);
    assert.notEqual((await activeRead())?.id, before?.id);
  });

  it('while two generations are held reads again what was in memory, and counts nothing twice', async () => {
    const generations = await query<{ id: number; shown: boolean; groupId: string }>(
      `select id, state = 'active' as shown, group_id as "groupId" from console.generation order by state`,
    );
    const [shown, other] = generations;
    assert.ok(shown?.shown && other && generations.length === 2, JSON.stringify(generations));
    const counted = async () =>
      (await query<{ n: number }>(`select coalesce(sum(n), 0)::int as n from g${shown.id}.minute`))[0]?.n ??
      0;
    const before = await counted();
    const more = async () => (await counted()) - before;
    const counts = (messages: number) =>
      eventually('all of it is counted', async () => (await more()) >= messages, PATIENT);

    // Who is not let write keeps the comparison waiting; the one that is shown holds back what comes then.
    const messages = await connectedTo(database.url, async (client) => {
      await client.query(`begin; lock table g${other.id}.minute in share mode`);
      const first = (await teller.put(good)).ids.length;
      await counts(first);
      await eventually(
        'the other waits',
        async () =>
          (
            await query(`select from pg_locks where relation = 'g${other.id}.minute'::regclass
          and not granted`)
          ).length > 0,
        PATIENT,
      );
      void fetch(`${url}/api/model/compare`, { method: 'POST' }).catch(() => {});
      const held = async () => (await query('select from console.generation where frozen')).length === 2;
      await eventually('both are held', held, PATIENT);
      const second = (await teller.put(good)).ids.length;
      await eventually(
        'the group of the one that is shown has passed it',
        async () => (await lagOf(kafkaAs('console-test'), shown.groupId, [...catalogue.topics.keys()])) === 0,
        PATIENT,
      );
      assert.equal(await more(), first, 'it is in memory alone');
      await kill();
      return first + second;
    });
    await start();
    assert.deepEqual(await query('select from console.generation where frozen'), []);
    await counts(messages);
    const compared = await fetch(`${url}/api/model/compare`, { method: 'POST' });
    assert.equal(Comparison.parse(await compared.json()).equal, true);
    assert.equal(await more(), messages);
  });
});
