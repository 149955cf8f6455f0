/** The browser that the page's stories run in: Debian's, or the one that Playwright has brought. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { run } from '../set-up/children.mjs';
import { ROOT } from '../stack/state.ts';

const SYSTEM_BROWSER = '/usr/bin/chromium';

/** Undefined where there is none. */
async function findBrowser(): Promise<string | undefined> {
  if (existsSync(SYSTEM_BROWSER)) return SYSTEM_BROWSER;
  const { chromium } = await import('@playwright/test');
  return [chromium.executablePath()].find((file) => existsSync(file));
}

const PLAYWRIGHT = path.join(ROOT, 'node_modules/@playwright/test/cli.js');
/** One after the other, until there is a browser. */
const WAYS: readonly (readonly [command: string, ...args: string[]])[] = [
  // Where we may: Debian and its children.
  ...(process.getuid?.() === 0
    ? [['apt-get', 'install', '--yes', '--no-install-recommends', 'chromium'] as const]
    : []),
  [process.execPath, PLAYWRIGHT, 'install', 'chromium'],
];

/** The browser; installed if there is none. Undefined: neither. */
export async function bringBrowser(say: (text: string) => void): Promise<string | undefined> {
  for (const [command, ...args] of WAYS) {
    const found = await findBrowser();
    if (found) return found;
    say(`there is no browser: ${path.basename(command)} ${args.join(' ')}`);
    await run(command, args, { cwd: ROOT, env: process.env });
  }
  return findBrowser();
}

export const NO_BROWSER = `no browser for the page's stories, and none could be installed: install Chromium as ${SYSTEM_BROWSER}`;
