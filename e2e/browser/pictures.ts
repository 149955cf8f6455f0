/**
 * Takes the pictures of the docs, of orders that go through a stack of its own while it looks:
 * `npm run console:pictures`. Two runs differ in ids and times.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { CONSOLE } from '@order-saga/contracts/system';
import { orderBody, sampledTraceparent, shopAt } from '@order-saga/tools/shop/client';
import { type Browser, chromium, type Page } from '@playwright/test';
import { eventually } from '@sagakit/testing/eventually';
import type { Story } from '../../console/src/api.ts';
import { commandLine, noMore } from '../../tools/command-line.ts';
import { runTool } from '../../tools/run-tool.ts';
import { urlsOf } from '../../tools/stack/attach.ts';
import { readState, type StackState, stackDir, urlOf } from '../../tools/stack/state.ts';
import { BROWSER } from './browser.ts';
import setUp from './stack/setup.ts';

const OUT = path.join(import.meta.dirname, '../../docs/pictures');
const WIDTH = 1280;
const MARGIN = 14;
/** As sharp as a screen of today. */
const SCALE = 2;
/** As many as make a list look like one. */
const OTHERS = ['tok_visa', 'tok_visa', 'tok_error_once', 'tok_insufficient_funds', 'tok_visa', 'tok_visa'];

const say = (text: string) => console.log(`  ${text}`);

/** With its spans; gives its story when all of it has been said. */
async function played(state: StackState, token: string, sku: string, quantity = 1): Promise<string> {
  const body = orderBody([{ sku, quantity }], token);
  const { correlationId } = await shopAt(urlsOf(state)).placed(body, { traceparent: sampledTraceparent() });
  const address = `${urlOf(state, CONSOLE.name)}/api/stories/${correlationId}?wait=5000`;
  await eventually('the story has ended, and its spans are there', async () => {
    const answer = await fetch(address);
    const { ended, spans } = (await answer.json()) as Story;
    return answer.ok && ended && spans.some(({ name }) => /mail/.test(name));
  });
  return correlationId;
}

async function take(browser: Browser, address: string, name: string, look: Look): Promise<void> {
  const page: Page = await browser.newPage({
    viewport: { width: WIDTH, height: look.height },
    deviceScaleFactor: SCALE,
    colorScheme: look.theme ?? 'light',
    reducedMotion: 'reduce',
  });
  await page.goto(address);
  await page.getByText(look.shows).first().waitFor();
  await page.getByRole('combobox', { name: 'Signed in as' }).waitFor();
  for (const grey of await page.getByText(/^Loading/).all()) await grey.waitFor({ state: 'hidden' });
  const end = look.until ? await page.getByRole('region', { name: look.until }).boundingBox() : null;
  const height = end ? Math.ceil(end.y + end.height + MARGIN) : look.height;
  await page.screenshot({
    path: path.join(OUT, `${name}.png`),
    animations: 'disabled',
    fullPage: true,
    clip: { x: 0, y: 0, width: WIDTH, height },
  });
  await page.close();
  say(path.relative(process.cwd(), path.join(OUT, `${name}.png`)));
}

/** `shows`: what comes last. `until`: the region with whose end the picture ends, however long it is. */
type Look = { height: number; shows: RegExp; until?: string; theme?: 'dark' };

const USAGE = `npm run console:pictures

Takes the pictures of the docs (docs/pictures), on a stack of its own. Needs Chromium.`;

runTool(async () => {
  noMore('console:pictures', commandLine(USAGE, {}).positionals);
  const takeDown = await setUp();
  const state = readState(stackDir()) as StackState;
  const url = urlOf(state, CONSOLE.name);
  const browser = await chromium.launch(BROWSER);
  mkdirSync(OUT, { recursive: true });
  try {
    // The first orders of a stack are slow, and not what a picture should tell.
    for (const [n, token] of OTHERS.entries()) await played(state, token, `SKU-000${n + 1}`);
    const silent = await played(state, 'tok_timeout', 'SKU-0007');
    const declined = await played(state, 'tok_declined', 'SKU-0012');
    const story = { height: 1100, shows: /^as of /, until: 'Messages' };
    const ofDeclined = `${url}/stories/${declined}`;
    await take(browser, ofDeclined, 'console-declined', story);
    await take(browser, ofDeclined, 'console-declined-dark', { ...story, theme: 'dark' });
    await take(browser, `${url}/stories/${silent}`, 'console-silence', story);
    await take(browser, `${url}/`, 'console-overview', { height: 860, shows: /^live$/ });
    await take(browser, `${url}/shop`, 'console-shop', { height: 860, shows: /^Show more of/ });
    return true;
  } finally {
    await browser.close();
    await takeDown();
  }
});
