import { existsSync } from 'node:fs';
import path from 'node:path';
import { defineConfig, devices } from '@playwright/test';

/**
 * The page in a real browser. With CONSOLE_URL against the console of a running stack; otherwise against
 * recorded stories (console/test/page), which also has those that take long or go wrong.
 */
const SYSTEM_BROWSER = '/usr/bin/chromium';
const ROOT = path.join(import.meta.dirname, '../..');
const PORT = 4091;
const url = process.env['CONSOLE_URL'];

export default defineConfig({
  testDir: '.',
  workers: 1,
  retries: 0,
  // A page is looked at four times in one test, each time by axe.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['list'], ['json']] : [['list']],
  outputDir: '../../test-results',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: url ?? `http://127.0.0.1:${PORT}`,
    viewport: { width: 1280, height: 900 },
    ...(existsSync(SYSTEM_BROWSER) ? { launchOptions: { executablePath: SYSTEM_BROWSER } } : {}),
  },
  ...(url
    ? {}
    : {
        webServer: {
          command: `${process.execPath} console/test/page/server.ts ${PORT}`,
          cwd: ROOT,
          url: `http://127.0.0.1:${PORT}/api/config`,
          reuseExistingServer: false,
        },
      }),
});
