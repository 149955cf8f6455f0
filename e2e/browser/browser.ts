/** What every run of the page in a browser has in common, whatever stands behind it. */
import { existsSync } from 'node:fs';
import { devices, type PlaywrightTestConfig } from '@playwright/test';

const SYSTEM_BROWSER = '/usr/bin/chromium';

/** How it is launched: Debian's where it is, else the one that Playwright has brought. */
export const BROWSER: { executablePath?: string } = existsSync(SYSTEM_BROWSER)
  ? { executablePath: SYSTEM_BROWSER }
  : {};

export const IN_A_BROWSER = {
  workers: 1,
  retries: 0,
  // A page is looked at four times in one test, each time by axe.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['list'], ['json']] : [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 900 },
    launchOptions: BROWSER,
  },
} satisfies PlaywrightTestConfig;
