/** `npm run bench -- --orders N --in-flight K [--rate R] [--reference] [--without console] [--json FILE]` */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { shopAt } from '../shop/client.ts';
import pg from 'pg';
import { violations } from '../checker/invariants.ts';
import { observe, observeBefore } from '../checker/observe.ts';
import { attach, urlsOf } from '../stack/attach.ts';
import { leftOut } from '../stack/plan.ts';
import { StackError } from '../stack/stack-error.ts';
import { kafkaOf, readState, type StackState, stackDir } from '../stack/state.ts';
import { type Ended, type Load, type LoadResult, openLoad } from './load.ts';
import { type Usage, watch } from './process-table.ts';
import type { Slice, SliceDone } from './reference.ts';
import { figuresOf, page } from './report.ts';
import { commandLine, noMore, numberAboveZero } from '../command-line.ts';
import { runTool } from '../run-tool.ts';

const say = (text: string) => console.log(`  ${text}`);

const USAGE = `npm run bench [-- --orders 1000 --in-flight 64]

Places orders on this folder's running stack, else on a throw-away one, and prints rate, latency and cost.

  --orders N          how many are measured, after twice as many to warm up
  --in-flight K       how many are under way at once
  --rate R            so many a second instead, however long each takes
  --reference         in turn with a store that commits the same in one database, and the ratio of the two
  --json FILE         the figures, to a file
  --without console   the throw-away stack without its console`;

function options() {
  const { values, positionals } = commandLine(USAGE, {
    orders: { type: 'string', default: '1000' },
    'in-flight': { type: 'string', default: '64' },
    rate: { type: 'string' },
    reference: { type: 'boolean', default: false },
    json: { type: 'string' },
    without: { type: 'string', multiple: true },
  });
  noMore('bench', positionals);
  const number = numberAboveZero;
  return {
    orders: number('orders', values.orders),
    inFlight: number('in-flight', values['in-flight']),
    rate: values.rate === undefined ? undefined : number('rate', values.rate),
    reference: values.reference,
    json: values.json,
    without: leftOut(values.without),
  };
}

async function commits(state: StackState): Promise<number> {
  const client = new pg.Client({
    connectionString: state.components.find(({ name }) => name === 'postgres')?.url,
  });
  await client.connect();
  const { rows } = await client.query<{ n: string }>(
    `select sum(xact_commit) as n from pg_stat_database where datname not in ('postgres', 'reference', 'template0', 'template1')`,
  );
  await client.end();
  return Number(rows[0]?.n);
}

/** A database of its own in the stack's Postgres, dropped at the end. */
async function startReference(state: StackState): Promise<{ child: ChildProcess; end(): Promise<void> }> {
  const url = state.components.find(({ name }) => name === 'postgres')?.url as string;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('drop database if exists reference with (force)');
  await admin.query('create database reference');
  const child = fork(path.join(import.meta.dirname, 'reference.ts'), [
    url.replace(/\/postgres$/, '/reference'),
  ]);
  await once(child, 'message');
  return {
    child,
    async end() {
      child.disconnect();
      await once(child, 'exit');
      await admin.query('drop database reference with (force)');
      await admin.end();
    },
  };
}

async function referenceSlice(child: ChildProcess, slice: Slice): Promise<SliceDone> {
  const done = once(child, 'message') as Promise<[SliceDone]>;
  child.send(slice);
  return (await done)[0];
}

function add(total: Map<string, Usage>, more: Map<string, Usage>): void {
  for (const [name, { cpuSeconds, memoryMb }] of more) {
    const before = total.get(name) ?? { cpuSeconds: 0, memoryMb: 0 };
    total.set(name, {
      cpuSeconds: before.cpuSeconds + cpuSeconds,
      memoryMb: Math.max(before.memoryMb, memoryMb),
    });
  }
}

const SLICES = 4;
/** Until V8 and the JVM have compiled what is hot: the rate still rises after thousands of orders. */
const MAX_WARM_UP = 10_000;
const SETTLE_MS = 3_000;
const IDLE_SECONDS = 5;

/** The measured orders; in turn with the reference, if there is one, so that both see the same machine. */
async function measure(state: StackState, load: Load, reference: ChildProcess | undefined) {
  const { orders, inFlight, rate } = options();
  const usage = new Map<string, Usage>();
  const measured: LoadResult = { ended: [], refused: 0, seconds: 0 };
  const referenceDone = { orders: 0, seconds: 0 };
  let committed = 0;
  const slices = reference ? SLICES : 1;
  for (let slice = 0; slice < slices; slice++) {
    const count = Math.floor(orders / slices) + (slice < orders % slices ? 1 : 0);
    const stopWatch = watch(components);
    const commitsBefore = await commits(state);
    const result =
      rate === undefined ? await load.closedLoop(count, inFlight) : await load.openLoop(count, rate);
    // Postgres tells its statistics up to a second late, and sagas end a little after their orders
    await delay(1_000);
    committed += (await commits(state)) - commitsBefore;
    add(usage, stopWatch());
    measured.ended.push(...result.ended);
    measured.refused += result.refused;
    measured.seconds += result.seconds;
    say(`${result.ended.length} orders in ${result.seconds.toFixed(1)} s`);
    if (reference) {
      const done = await referenceSlice(reference, {
        orders: count * 2,
        inFlight,
        first: slice * orders * 2,
      });
      referenceDone.orders += count * 2;
      referenceDone.seconds += done.seconds;
      say(`reference: ${count * 2} orders in ${done.seconds.toFixed(1)} s`);
    }
  }
  return { measured, usage, committed, referenceDone };
}

const components = () => readState(stackDir())?.components ?? [];

async function main(): Promise<boolean> {
  const { orders, inFlight, rate, reference, json, without } = options();
  const { state, leave } = await attach(
    { ephemeral: true, replicas: 1, jit: 'c2', forCaller: true, without },
    say,
  );
  try {
    const shop = shopAt(urlsOf(state));
    const before = await observeBefore(state);
    const skus = before.stock.filter(({ available }) => available > orders / 10).map(({ sku }) => sku);
    if (skus.length < 10)
      throw new StackError('stock', 'the shop is nearly sold out: start from a fresh stack');
    const kafka = kafkaOf(state, 'bench', 'tools');
    const load = await openLoad({ orderUrl: shop.urls.order, kafka, skus });

    const warmUp = Math.min(MAX_WARM_UP, orders * 2);
    say(`warming up with ${warmUp} orders`);
    const all: Ended[] = (await load.closedLoop(warmUp, inFlight)).ended;
    await delay(SETTLE_MS);
    const idleWatch = watch(components);
    await delay(IDLE_SECONDS * 1000);
    const idleCpu =
      [...idleWatch().values()].reduce((total, { cpuSeconds }) => total + cpuSeconds, 0) / IDLE_SECONDS;

    const runner = reference ? await startReference(state) : undefined;
    if (runner) await referenceSlice(runner.child, { orders: warmUp, inFlight, first: 0 });
    const { measured, usage, committed, referenceDone } = await measure(state, load, runner?.child);
    await runner?.end();
    await load.close();
    all.push(...measured.ended);

    say('checking the invariants');
    const observed = await observe(
      state,
      before,
      all.map(({ orderId }) => orderId),
    );
    const found = violations(observed);
    if (found.length > 0 || measured.refused > 0) {
      for (const { invariant, what } of found.slice(0, 20)) console.error(`invariant ${invariant}: ${what}`);
      console.error(
        `${found.length} violations, ${measured.refused} orders refused: a wrong run has no figures`,
      );
      return false;
    }
    const mine = new Set(measured.ended.map(({ orderId }) => orderId));
    const messages = [...observed.topics.values()].flat().filter(({ subject }) => mine.has(subject)).length;
    const figures = figuresOf({
      ...measured,
      usage,
      messages,
      commits: committed,
      load: rate === undefined ? `${inFlight} in flight` : `${rate} orders/s`,
      idleCpu,
      reference: runner && referenceDone,
    });
    console.log(`\n${page(figures)}\n  the invariants hold for all ${all.length} orders`);
    if (json) writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
    return true;
  } finally {
    await leave();
  }
}

runTool(main);
