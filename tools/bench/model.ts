/**
 * `npm run bench:model [-- --orders 100000]`: the console's read model of so many orders: how fast it reads,
 * how large it is, how long a story takes, and a rebuild while orders come and somebody looks. Kafka and
 * PostgreSQL are its own. The records are copies of what the sagas' engine says of three orders, each with
 * ids of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { catalogue } from '@order-saga/contracts/catalogue';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import type { OutgoingRecord, RecordSender } from '@sagakit/kafka/port';
import { newId } from '@sagakit/resilience/ids';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs, kafkaSettings } from '@sagakit/testing/infrastructure';
import { Model } from '../../console/src/api-model.ts';
import { type Script, simulate } from '../../console/test/simulate.ts';
import { commandLine, noMore, numberAboveZero } from '../command-line.ts';
import { onInterruption, runTool } from '../run-tool.ts';
import { ROOT } from '../stack/state.ts';
import { withInfrastructure } from '../test/infrastructure.ts';

/** Of twenty orders seventeen are confirmed, two declined, one is cancelled afterwards. */
const MIX: readonly [share: number, script: Script][] = [
  [17, () => 'yes'],
  [2, (command) => (command === 'ProcessPayment' ? 'no' : 'yes')],
  [1, (command) => (command === '(complete)' ? 'cancel-then-yes' : 'yes')],
];

type Template = { records: readonly OutgoingRecord[]; texts: string[]; ids: string[] };

function templateOf(script: Script): Template {
  const { records } = simulate(script);
  const texts = records.map(({ value }) => String(value));
  const envelopes = texts.map(
    (text) => JSON.parse(text) as { id: string; subject: string; correlationid: string },
  );
  const ids = [...new Set(envelopes.flatMap((one) => [one.id, one.subject, one.correlationid]))];
  return { records, texts, ids };
}

/** The same order once more, with ids of its own, now. */
function orderOf({ records, texts, ids }: Template): { story: string; records: OutgoingRecord[] } {
  const own = new Map(ids.map((id) => [id, newId()]));
  const trace = newId().replaceAll('-', '');
  const any = new RegExp(ids.join('|'), 'g');
  const now = Date.now();
  let first: number | undefined;
  const said = texts.map((text) =>
    text
      .replace(any, (id) => own.get(id) as string)
      .replace(/"time":"([^"]+)"/, (_, time: string) => {
        first ??= Date.parse(time);
        return `"time":"${new Date(now + Date.parse(time) - first).toISOString()}"`;
      })
      .replace(/"traceparent":"00-\w{32}/, `"traceparent":"00-${trace}`),
  );
  const subject = JSON.parse(said[0] as string) as { subject: string; correlationid: string };
  return {
    story: subject.correlationid,
    records: records.map(({ topic, headers }, place) => ({
      ...{ topic, headers, key: subject.subject, value: said[place] as string },
    })),
  };
}

const TEMPLATES = MIX.flatMap(([share, script]) => Array.from({ length: share }, () => templateOf(script)));
const orderNumber = (n: number) => orderOf(TEMPLATES[n % TEMPLATES.length] as Template);

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;
const ms = (value: number) => `${value.toFixed(1)} ms`;

async function startConsole(database: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--max-old-space-size=256', path.join(ROOT, 'console/src/main.ts')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...{ PORT: '0', SHUTDOWN_DELAY_MS: '0', AUTH: 'off', DATABASE_URL: database },
        ...kafkaSettings(),
      },
    },
  );
  const takeBack = onInterruption(async () => child.kill('SIGKILL'));
  let said = '';
  child.stdout?.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-100_000)));
  const port = await eventually('it listens', () => /"port":(\d+)/.exec(said)?.[1] ?? false);
  const url = `http://127.0.0.1:${port}`;
  await eventually('it is ready', async () => (await fetch(`${url}/health/ready`)).status === 200);
  return {
    url,
    memoryMb: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      takeBack();
    },
  };
}

const BATCH_ORDERS = 150;

async function write(to: RecordSender, orders: number): Promise<{ stories: string[]; records: number }> {
  const stories: string[] = [];
  let records = 0;
  for (let done = 0; done < orders; done += BATCH_ORDERS) {
    const some = Array.from({ length: Math.min(BATCH_ORDERS, orders - done) }, (_, n) =>
      orderNumber(done + n),
    );
    const batch = some.flatMap((order) => order.records);
    await to.send(batch);
    records += batch.length;
    for (const [n, { story }] of some.entries()) if ((done + n) % 97 === 0) stories.push(story);
  }
  return { stories, records };
}

const modelAt = async (url: string) => Model.parse(await (await fetch(`${url}/api/model`)).json());
const readBy = (model: Model) => model.generations.find(({ state }) => state === 'active')?.read ?? 0;

/** Minutes pass: it says how far it is at each tenth. */
async function allRead(url: string, records: number): Promise<Model> {
  let said = 0;
  return eventually(
    'all is read',
    async () => {
      const model = await modelAt(url);
      const tenths = Math.floor((10 * readBy(model)) / records);
      if (tenths > said) console.log(`  ${readBy(model)} of ${records} records are read`);
      said = Math.max(said, tenths);
      return readBy(model) >= records && model;
    },
    { withinMs: 1_800_000, everyMs: 500 },
  );
}

/** Milliseconds of each call; throws on any answer but 200. */
async function timed(urls: readonly string[]): Promise<number[]> {
  const took: number[] = [];
  for (const url of urls) {
    const began = performance.now();
    const response = await fetch(url);
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
    took.push(performance.now() - began);
  }
  return took;
}

/** Orders at this rate, until it is told to stop. */
function load(to: RecordSender, perSecond: number) {
  let goesOn = true;
  const done = (async () => {
    for (let n = 0; goesOn; n++) {
      await to.send(orderNumber(n).records);
      await delay(1_000 / perSecond);
    }
  })();
  return async () => {
    goesOn = false;
    await done;
  };
}

async function rebuild(url: string, to: RecordSender, stories: readonly string[]): Promise<string> {
  const stop = load(to, 20);
  const began = performance.now();
  await fetch(`${url}/api/model/rebuild`, { method: 'POST' });
  const looks: number[] = [];
  let model = await modelAt(url);
  for (let n = 0; ['reading', 'comparing'].includes(model.rebuild?.state ?? ''); n++) {
    const story = stories[n % stories.length] as string;
    looks.push(...(await timed([`${url}/api/stories/${story}`, `${url}/api/stories?limit=50`])));
    if (n % 20 === 0) model = await modelAt(url);
  }
  const seconds = (performance.now() - began) / 1_000;
  await stop();
  const { rebuild: done, comparison, generations } = model;
  if (done?.state !== 'switched') throw new Error(JSON.stringify(comparison ?? done));
  const read = generations.find(({ state }) => state === 'active')?.read ?? 0;
  return `rebuilt while 20 orders/s came: ${seconds.toFixed(0)} s, ${Math.round(read / seconds)} records/s, ${comparison?.equal ? 'equal' : 'NOT equal'}; ${looks.length} stories and lists asked meanwhile, all 200, p95 ${ms(quantile(looks, 0.95))}`;
}

async function measure(environment: Record<string, string>, orders: number): Promise<void> {
  Object.assign(process.env, environment);
  const kafka = kafkaAs('bench-model');
  const database = (JSON.parse(environment['TEST_DATABASES'] ?? '{}') as Record<string, string>)['console'];
  await createTopics(kafka, catalogue.topics, quiet);
  const to = createSender(kafka, quiet);
  const console_ = await startConsole(database as string);
  try {
    const began = performance.now();
    const { stories, records } = await write(to, orders);
    const wrote = (performance.now() - began) / 1_000;
    const model = await allRead(console_.url, records);
    const seconds = (performance.now() - began) / 1_000;
    const bytes = model.generations[0]?.bytes ?? 0;
    console.log(
      `${orders} orders, ${records} records: written in ${wrote.toFixed(0)} s, read ${seconds.toFixed(0)} s after the first, ${Math.round(records / seconds)} records/s; ${(bytes / 1e9).toFixed(2)} GB`,
    );
    const urls = stories.map((story) => `${console_.url}/api/stories/${story}`);
    await timed(urls.slice(0, 50));
    const took = await timed(urls);
    console.log(
      `a story: p50 ${ms(quantile(took, 0.5))}, p95 ${ms(quantile(took, 0.95))} (${took.length} asked); the console takes ${console_.memoryMb().toFixed(0)} MB`,
    );
    console.log(await rebuild(console_.url, to, stories));
    console.log(`the console takes ${console_.memoryMb().toFixed(0)} MB`);
  } finally {
    await to.stop();
    await console_.stop();
  }
}

const USAGE = `npm run bench:model [-- --orders 100000]

How long the console's read model takes to read so many orders from Kafka, to find stories in them, and to be built again.`;

runTool(async () => {
  const { values, positionals } = commandLine(USAGE, { orders: { type: 'string', default: '100000' } });
  noMore('bench:model', positionals);
  const orders = numberAboveZero('orders', values.orders);
  await withInfrastructure((environment) => measure(environment, orders));
});
