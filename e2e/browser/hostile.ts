/**
 * `npm run bench:hostile [-- --records 10000 --requests 100000]`: strangers at the console of a real stack:
 * what they write into all topics, what they ask (a third of it with a token), and what of it a browser
 * shows. Ends with 1 at the first 5xx, exit, script that runs, or word of what is personal or secret. What
 * `npm test` does with fewer.
 */
import { CONSOLE } from '@order-saga/contracts/system';
import { orderBody, shopAt } from '@order-saga/tools/shop/client';
import { type Browser, chromium } from '@playwright/test';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { Story } from '../../console/src/api.ts';
import { Model } from '../../console/src/api-model.ts';
import {
  looksAt,
  questions,
  storiesAt,
  type Stranger,
  strangerAt,
  writeHostile,
} from '../../console/test/hostile.ts';
import { authorizationFor } from '../../tools/identity/token.ts';
import { commandLine, noMore, numberAboveZero } from '../../tools/command-line.ts';
import { runTool } from '../../tools/run-tool.ts';
import { urlsOf } from '../../tools/stack/attach.ts';
import { kafkaOf, readState, type StackState, stackDir, urlOf } from '../../tools/stack/state.ts';
import { BROWSER } from './browser.ts';
import setUp from './stack/setup.ts';

type Counts = { records: number; requests: number; stories: number; pages: number };

const say = (text: string) => console.log(`  ${text}`);
const secondsSince = (began: number) => ((performance.now() - began) / 1_000).toFixed(0);
const PATIENT = { withinMs: 600_000, everyMs: 500 };

const stateNow = () => readState(stackDir()) as StackState;
/** Another pid, or another start: something has ended meanwhile. */
const processes = () =>
  JSON.stringify(stateNow().components.map(({ name, pid, startedAt }) => ({ name, pid, startedAt })));

const get = (url: string) => fetch(url, { signal: AbortSignal.timeout(30_000) });
async function figureAt(url: string, name: string): Promise<number> {
  const text = await (await get(`${url}/metrics`)).text();
  return Number(new RegExp(`^order_saga_console_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function placeDeclined(url: string) {
  const { correlationId } = await shopAt(urlsOf(stateNow())).placed(
    orderBody([{ sku: 'SKU-0007', quantity: 1 }], 'tok_declined'),
  );
  const address = `${url}/api/stories/${correlationId}`;
  return eventually(
    'an honest order ends',
    async () => {
      const story = Story.parse(await (await get(`${address}?wait=2000`)).json());
      return story.ended && { address, story };
    },
    PATIENT,
  );
}

async function hear(url: string, records: number, seed: number): Promise<void> {
  const before = await figureAt(url, 'records_total');
  const sender = createSender(kafkaOf(stateNow(), 'stranger'), quiet);
  const began = performance.now();
  const written = await writeHostile(sender, records, seed).finally(() => sender.stop());
  await eventually(
    'the console has read them',
    async () => (await figureAt(url, 'records_total')) - before >= written,
    PATIENT,
  );
  const leftOut = await figureAt(url, 'records_left_out_total');
  if (leftOut > 0) throw new Error(`${leftOut} records could not be written to the read model`);
  say(`${written} hostile records: read ${secondsSince(began)} s after the first was written, none left out`);
}

async function answerAll(url: string, stranger: Stranger, requests: number, seed: number): Promise<void> {
  const began = performance.now();
  const known = await authorizationFor(url);
  const seen = await stranger.askAll(await questions(stranger, { count: requests, seed, known }));
  const counts = [...seen].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  say(`${requests} hostile requests in ${secondsSince(began)} s, no 5xx; by status ${counts.join(', ')}`);
}

async function lookAtAll(stranger: Stranger, most: number): Promise<string[]> {
  const began = performance.now();
  const ids = await storiesAt(stranger, most);
  let answers = 0;
  for (const id of ids)
    for (const [status, count] of await stranger.askAll(await looksAt(stranger, id))) {
      // An id that no word of ours may be is refused.
      if (status !== 200 && status !== 400) throw new Error(`${id}: ${status}`);
      answers += count;
    }
  say(`${ids.length} stories, ${answers} answers in ${secondsSince(began)} s: nothing personal, no token`);
  return ids;
}

/** In the list, with the payload of the first message open. */
async function show(browser: Browser, url: string, ids: readonly string[]): Promise<void> {
  const began = performance.now();
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', ({ message }) => faults.push(message));
  // What the content security policy forbids is an error here.
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.isNavigationRequest() && !request.url().startsWith(url)) faults.push(request.url());
  });
  let payloads = 0;
  for (const id of ids) {
    await page.goto(`${url}/stories/${encodeURIComponent(id)}?view=list`);
    await page
      .getByText(/^Loading/)
      .first()
      .waitFor({ state: 'hidden' });
    const first = page.locator('tbody button').first();
    if ((await first.count()) > 0) {
      await first.click();
      await page.getByRole('button', { name: 'Payload' }).click();
      await page.getByText('Copy the payload').waitFor();
      payloads++;
    }
    if (await page.evaluate(() => 'owned' in globalThis)) faults.push('a script ran');
    if (faults.length > 0) throw new Error(`${id}: ${faults.join('; ')}`);
  }
  for (const path of ['/', '/stories?has=parked', '/find?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E']) {
    await page.goto(url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  if (faults.length > 0) throw new Error(faults.join('; '));
  await page.close();
  say(`${ids.length} stories in a browser (${payloads} payloads) in ${secondsSince(began)} s: no script ran`);
}

async function rebuild(url: string): Promise<void> {
  const isBuilt = async () => {
    const now = Model.parse(await (await get(`${url}/api/model`)).json());
    return !['reading', 'comparing'].includes(now.rebuild?.state ?? '') && now;
  };
  await eventually('what strangers began is done', isBuilt, PATIENT);
  const headers = await authorizationFor(url);
  const { status } = await fetch(`${url}/api/model/rebuild`, { method: 'POST', headers });
  if (status !== 202) throw new Error(`a rebuild was answered ${status}`);
  const { rebuild: done, comparison } = await eventually('it is built', isBuilt, PATIENT);
  if (done?.state !== 'switched' || !comparison?.equal) throw new Error(JSON.stringify(comparison ?? done));
  say('built anew, the model is equal');
}

async function meet(url: string, { records, requests, stories, pages }: Counts): Promise<void> {
  const seed = Date.now() % 1_000_000;
  say(`seed ${seed}`);
  const { address, story } = await placeDeclined(url);
  const before = processes();
  await hear(url, records, seed);
  const stranger = await strangerAt(url);
  const browser = await chromium.launch(BROWSER);
  try {
    await answerAll(url, stranger, requests, seed);
    const ids = await lookAtAll(stranger, stories);
    await show(browser, url, ids.slice(-pages));
    await rebuild(url);
  } finally {
    stranger.leave();
    await browser.close();
  }
  await placeDeclined(url);
  const { told, status } = Story.parse(await (await get(address)).json());
  if (told !== story.told || status !== story.status) throw new Error(`an honest story became: ${told}`);
  if (processes() !== before) throw new Error(`something has ended: ${before} became ${processes()}`);
  say('no process has ended, an honest order goes through, and the one before is told as it was');
}

const USAGE = `npm run bench:hostile [-- --records 10000 --requests 100000 --stories 1000 --pages 200]

Strangers at the console of a stack of its own: how many records they write, how many requests they send, how many
stories and pages are looked at. Ends with 1 at the first 5xx, exit, or script that runs. Needs Chromium.`;

runTool(async () => {
  const { values, positionals } = commandLine(USAGE, {
    records: { type: 'string', default: '10000' },
    requests: { type: 'string', default: '100000' },
    stories: { type: 'string', default: '1000' },
    pages: { type: 'string', default: '200' },
  });
  noMore('bench:hostile', positionals);
  const counts = Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, numberAboveZero(name, text)]),
  );
  const takeDown = await setUp();
  try {
    await meet(urlOf(stateNow(), CONSOLE.name), counts as Counts);
  } finally {
    await takeDown();
  }
});
