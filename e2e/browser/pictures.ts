/**
 * Takes the pictures of the docs from recorded stories: `npm run console:pictures`. They are the same on
 * every run but for the fonts of the machine.
 */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { buildPage } from '../../console/web/build.ts';
import { servePage } from '../../console/test/page/server.ts';

const OUT = path.join(import.meta.dirname, '../../docs/pictures');
const SYSTEM_BROWSER = '/usr/bin/chromium';
/** As sharp as a screen of today. */
const SCALE = 2;

await buildPage();
const server = await servePage();
const browser = await chromium.launch(existsSync(SYSTEM_BROWSER) ? { executablePath: SYSTEM_BROWSER } : {});
mkdirSync(OUT, { recursive: true });

const { declined, silent } = server.stories;
const PICTURES = [
  { name: 'console-declined', address: `/stories/${declined}`, height: 1066 },
  { name: 'console-declined-dark', address: `/stories/${declined}`, height: 1066, theme: 'dark' },
  { name: 'console-silence', address: `/stories/${silent}`, height: 1120 },
  { name: 'console-overview', address: '/', height: 860 },
  { name: 'console-shop', address: '/shop', height: 860 },
] as const;

try {
  for (const { name, address, height, ...more } of PICTURES) {
    const page = await browser.newPage({
      viewport: { width: 1280, height },
      deviceScaleFactor: SCALE,
      colorScheme: 'theme' in more ? more.theme : 'light',
      reducedMotion: 'reduce',
    });
    await page.goto(`${server.url}${address}`);
    await page.getByRole('heading', { level: 2 }).nth(1).waitFor();
    await page.waitForLoadState('load');
    await page.screenshot({ path: path.join(OUT, `${name}.png`), animations: 'disabled' });
    await page.close();
    console.log(path.relative(process.cwd(), path.join(OUT, `${name}.png`)));
  }
} finally {
  await browser.close();
  await server.close();
}
