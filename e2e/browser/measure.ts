/**
 * `npm run bench:page [-- --minutes 3]`: the console and its page on a real stack, at rest and while 20
 * orders a second come: what it takes of the machine, how soon a message is seen, how soon a story stands
 * after a click and from its address, what a page that stays open and clients that do not read cost; and at
 * the end, how soon a story stands whose undo was sent 500 times.
 */
import net from 'node:net';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { CONSOLE, SERVICES } from '@order-saga/contracts/system';
import { orderBody, type Shop, shopAt } from '@order-saga/tools/shop/client';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { Stories, type Story } from '../../console/src/api.ts';
import { put } from '../../console/test/put.ts';
import type { Script } from '../../console/test/simulate.ts';
import { type Usage, watch } from '../../tools/bench/process-table.ts';
import { commandLine, noMore, numberAboveZero } from '../../tools/command-line.ts';
import { runTool } from '../../tools/run-tool.ts';
import { urlsOf } from '../../tools/stack/attach.ts';
import { control } from '../../tools/stack/launch.ts';
import { kafkaOf, readState, type StackState, stackDir, urlOf } from '../../tools/stack/state.ts';
import { BROWSER } from './browser.ts';
import { openedByClick, openedCold, type Opening } from './opening.ts';
import setUp from './stack/setup.ts';

const say = (text: string) => console.log(`  ${text}`);
const PER_SECOND = 20;
const REST_MS = 60_000;
const STORIES_WATCHED = 12;
const CLICKS = 30;
const COLD_LOADS = 10;
const HEAP_EVERY_MS = 20_000;
/** What a page fills its caches with at first is no growth. */
const WARM_MINUTES = 1;
const SILENT_CLIENTS = 100;
const SENDS = 500;
const CARDS = ['tok_visa', 'tok_visa', 'tok_visa', 'tok_visa', 'tok_declined'];
const sku = (n: number) => `SKU-${String(1 + (n % 90)).padStart(4, '0')}`;

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;
const spread = (values: readonly number[]) =>
  `p50 ${quantile(values, 0.5).toFixed(0)} ms, p95 ${quantile(values, 0.95).toFixed(0)} ms (${values.length})`;

const loadNow = () => `load ${os.loadavg()[0]?.toFixed(1)}`;

const memoryNow = async (url: string) => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 1e6;
};

async function usageOf<T>(
  state: StackState,
  work: Promise<T>,
): Promise<{ usage: Usage; cores: number; value: T }> {
  const stop = watch(() => state.components.filter(({ name }) => name === CONSOLE.name));
  const began = performance.now();
  const value = await work;
  const seconds = (performance.now() - began) / 1_000;
  const usage = stop().get(CONSOLE.name) ?? { cpuSeconds: Number.NaN, memoryMb: Number.NaN };
  return { usage, cores: usage.cpuSeconds / seconds, value };
}

function load(shop: Shop): () => Promise<number> {
  let goesOn = true;
  const placing: Promise<unknown>[] = [];
  const done = (async () => {
    const began = performance.now();
    for (let n = 0; goesOn; n++) {
      const body = orderBody([{ sku: sku(n), quantity: 1 }], CARDS[n % CARDS.length]);
      placing.push(shop.place(body).catch(() => {}));
      await delay(Math.max(0, began + ((n + 1) * 1_000) / PER_SECOND - performance.now()));
    }
  })();
  return async () => {
    goesOn = false;
    await done;
    return (await Promise.all(placing)).length;
  };
}

/** When each message was first seen in an open page, after the moment it says it was decided at. */
async function seenAfter(visitor: BrowserContext, url: string, shop: Shop): Promise<number[]> {
  const { correlationId } = await shop.placed(orderBody([{ sku: 'SKU-0007', quantity: 1 }], 'tok_timeout'));
  const page = await visitor.newPage();
  await page.goto(`${url}/stories/${correlationId}`);
  // On a full machine the console hears of it late, and it may have ended before: then nothing came while it
  // was open.
  await page
    .getByText(/^(live|ended)$/)
    .first()
    .waitFor({ timeout: 180_000 });
  const opened = await page.evaluate(() => {
    const seen: Record<string, number> = {};
    const look = () => {
      for (const element of document.querySelectorAll<HTMLElement>('[data-event]'))
        seen[element.dataset['event'] ?? ''] ??= Date.now();
    };
    look();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    Object.assign(globalThis, { seen });
    return Date.now();
  });
  await page.getByText('ended', { exact: true }).waitFor({ timeout: 180_000 });
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: Record<string, number> }).seen);
  await page.close();
  const story = (await (await fetch(`${url}/api/stories/${correlationId}`)).json()) as Story;
  return story.events
    .filter(({ time }) => Date.parse(time) > opened)
    .map(({ id, time }) => (seen[id] ?? Number.NaN) - Date.parse(time));
}

/** One of the list, of which more come meanwhile. */
async function afterClick(page: Page, url: string, n: number): Promise<Opening> {
  await page.goto(`${url}/stories`);
  const link = page.getByRole('table').getByRole('link').nth(n);
  const story = (await link.getAttribute('href'))?.split('/').at(-1) ?? '';
  return openedByClick(page, story);
}

/** Each as if nothing of the page were known here; who looks is signed in. */
async function coldLoads(visitor: BrowserContext, url: string): Promise<number[]> {
  const { items } = Stories.parse(await (await fetch(`${url}/api/stories?limit=${COLD_LOADS}`)).json());
  const page = await visitor.newPage();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const took: number[] = [];
  for (const { correlationId } of items) took.push(await openedCold(page, `${url}/stories/${correlationId}`));
  await page.close();
  return took;
}

/** In MB, after a collection. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}

async function silentClients(url: string): Promise<() => void> {
  const { hostname, port } = new URL(url);
  const sockets = await Promise.all(
    Array.from(
      { length: SILENT_CLIENTS },
      () =>
        new Promise<net.Socket>((resolve, reject) => {
          const socket = net.connect(Number(port), hostname, () => resolve(socket.pause()));
          socket.on('error', reject);
          socket.write(`GET /api/stream?stories=1 HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`);
        }),
    ),
  );
  return () => sockets.forEach((socket) => socket.destroy());
}

type Heap = { minutes: number; mb: number };

/** Of a page that stays open, until it is told to stop. */
function watchHeap(page: Page): () => Promise<Heap[]> {
  const stopping = new AbortController();
  const began = performance.now();
  const heaps: Heap[] = [];
  const done = (async () => {
    while (!stopping.signal.aborted) {
      heaps.push({ minutes: (performance.now() - began) / 60_000, mb: await heapOf(page) });
      await delay(HEAP_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  // What else went wrong is told, not that the page went with it.
  done.catch(() => {});
  return async () => {
    stopping.abort();
    await done;
    return heaps;
  };
}

/** The slope of the line that fits best. */
function mbAnHour(heaps: readonly Heap[]): number {
  const warm = heaps.filter(({ minutes }) => minutes >= WARM_MINUTES);
  const mean = (of: (heap: Heap) => number) => warm.reduce((sum, heap) => sum + of(heap), 0) / warm.length;
  const [middle, level] = [mean(({ minutes }) => minutes), mean(({ mb }) => mb)];
  const rise = mean(({ minutes, mb }) => (minutes - middle) * (mb - level));
  return (rise / mean(({ minutes }) => (minutes - middle) ** 2)) * 60;
}

async function clickStories(visitor: BrowserContext, url: string): Promise<void> {
  const page = await visitor.newPage();
  const clicks: Opening[] = [];
  for (let n = 0; n < CLICKS; n++) clicks.push(await afterClick(page, url, n));
  await page.close();
  say(`after a click a story stands: ${spread(clicks.map(({ story }) => story))}`);
  say(`... with what the services say now: ${spread(clicks.map(({ all }) => all))}; ${loadNow()}`);
}

async function openStories(visitor: BrowserContext, url: string, shop: Shop): Promise<void> {
  const seen: number[] = [];
  for (let n = 0; n < STORIES_WATCHED; n++) seen.push(...(await seenAfter(visitor, url, shop)));
  say(`a message is seen in an open story ${spread(seen)} after it was decided`);
  await clickStories(visitor, url);
  say(`a story from its address, with an empty cache: ${spread(await coldLoads(visitor, url))}`);
}

/**
 * An undo that nobody acknowledges, as records: the services that would answer them, or do what they say, are
 * ended before. After this the stack is good for nothing.
 */
async function openInsistent(visitor: BrowserContext, state: StackState): Promise<void> {
  const url = urlOf(state, CONSOLE.name);
  for (const name of SERVICES) await control(state, 'kill', name);
  const silent: Script = (command) => (/ProcessPayment|RefundPayment/.test(command) ? 'silent' : 'yes');
  const sender = createSender(kafkaOf(state, 'bench-page'), quiet);
  const { story, ids } = await put(sender, silent, { deadlines: SENDS }).finally(() => sender.stop());
  await eventually('all of the story is there', async () => {
    const answer = await fetch(`${url}/api/stories/${story}?wait=2000`);
    return answer.ok && ((await answer.json()) as Story).more.messages === ids.length;
  });
  const page = await visitor.newPage();
  const opened: Opening[] = [];
  for (let n = 0; n < COLD_LOADS; n++) {
    await page.goto(`${url}/stories?sagaStatus=needs-attention`);
    await page.locator(`a[href="/stories/${story}"]`).waitFor();
    opened.push(await openedByClick(page, story));
  }
  await page.close();
  const most = Math.max(...opened.map(({ bytes }) => bytes)) / 1_000;
  const took = spread(opened.map((one) => one.story));
  say(`a story of ${SENDS} sends after a click: ${took}, ${most.toFixed(0)} kB at most; ${loadNow()}`);
}

async function listenSilently(url: string): Promise<void> {
  const before = await memoryNow(url);
  const leave = await silentClients(url);
  await delay(30_000);
  const each = ((await memoryNow(url)) - before) / SILENT_CLIENTS;
  leave();
  say(`a client that does not read its stream: ${(each * 1_000).toFixed(0)} kB (of ${SILENT_CLIENTS}, 30 s)`);
}

async function underLoad(visitor: BrowserContext, url: string, shop: Shop, minutes: number): Promise<void> {
  const open = await visitor.newPage();
  // Who comes first is signed in, and so is whatever is opened after it.
  await open.goto(url);
  await open.getByText('live', { exact: true }).waitFor();
  const began = performance.now();
  const heapsOf = watchHeap(open);
  await openStories(visitor, url, shop);
  await listenSilently(url);
  await delay(Math.max(0, minutes * 60_000 - (performance.now() - began)));
  const heaps = await heapsOf();
  const [first, last] = [heaps[0], heaps.at(-1)].map((heap) => heap?.mb.toFixed(1));
  const passed = heaps.at(-1)?.minutes.toFixed(1);
  say(
    `an open page's heap: ${first} MB at first, ${last} MB ${passed} min later; the line through ${heaps.length} looks rises by ${mbAnHour(heaps).toFixed(1)} MB an hour`,
  );
  await open.close();
}

async function measure(state: StackState, minutes: number): Promise<void> {
  const url = urlOf(state, CONSOLE.name);
  await delay(10_000); // the start is over
  say(`${os.availableParallelism()} cores; ${loadNow()}, this stack and its start among it`);
  const rest = await usageOf(state, delay(REST_MS));
  say(`at rest: ${(rest.cores * 100).toFixed(2)} % of a core, ${(await memoryNow(url)).toFixed(0)} MB`);
  const browser = await chromium.launch(BROWSER);
  try {
    const visitor = await browser.newContext();
    await measureBusy(visitor, state, minutes);
    await eventually(
      'all is read',
      async () => {
        const model = (await (await fetch(`${url}/api/model`)).json()) as { behindSeconds?: number };
        return model.behindSeconds !== undefined && model.behindSeconds < 3;
      },
      { withinMs: 120_000 },
    );
    await delay(20_000);
    const again = await usageOf(state, delay(REST_MS));
    say(
      `at rest again: ${(again.cores * 100).toFixed(2)} % of a core, ${(await memoryNow(url)).toFixed(0)} MB`,
    );
    await clickStories(visitor, url);
    await openInsistent(visitor, state);
  } finally {
    await browser.close();
  }
}

async function measureBusy(visitor: BrowserContext, state: StackState, minutes: number): Promise<void> {
  const shop = shopAt(urlsOf(state));
  const stop = load(shop);
  try {
    const busy = await usageOf(state, underLoad(visitor, urlOf(state, CONSOLE.name), shop, minutes));
    const placed = await stop();
    const { usage, cores } = busy;
    say(
      `at ${PER_SECOND} orders/s (${placed} placed), with pages open: ${(cores * 100).toFixed(1)} % of a core, ${usage.memoryMb.toFixed(0)} MB at most; ${loadNow()}`,
    );
  } finally {
    await stop();
  }
}

const USAGE = `npm run bench:page [-- --minutes 3]

What the console and its page cost on a stack of its own, at rest and for so many minutes under orders, and how soon
a message is seen and a story stands. Needs Chromium.`;

runTool(async () => {
  const { values, positionals } = commandLine(USAGE, { minutes: { type: 'string', default: '3' } });
  noMore('bench:page', positionals);
  const minutes = numberAboveZero('minutes', values.minutes);
  const takeDown = await setUp();
  try {
    await measure(readState(stackDir()) as StackState, minutes);
  } finally {
    await takeDown();
  }
});
