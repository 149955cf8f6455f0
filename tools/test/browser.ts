/** The browser that the page's stories run in: Debian's, or the one that Playwright has brought. */
import { existsSync } from 'node:fs';

const SYSTEM_BROWSER = '/usr/bin/chromium';

/** Undefined where there is none. */
export async function findBrowser(): Promise<string | undefined> {
  if (existsSync(SYSTEM_BROWSER)) return SYSTEM_BROWSER;
  const { chromium } = await import('@playwright/test');
  return [chromium.executablePath()].find((file) => existsSync(file));
}

export const NO_BROWSER = `no browser for the page's stories: install Chromium as ${SYSTEM_BROWSER}, or run npx playwright install chromium`;
