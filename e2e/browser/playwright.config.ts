import path from 'node:path';
import { defineConfig } from '@playwright/test';
import { IN_A_BROWSER } from './browser.ts';

/**
 * The page with recorded stories behind it (console/test/page), which has those too that take long or go
 * wrong. With CONSOLE_URL, what can be seen everywhere, at the console of a stack that runs.
 */
const ROOT = path.join(import.meta.dirname, '../..');
const PORT = 4091;
const url = process.env['CONSOLE_URL'];

export default defineConfig({
  ...IN_A_BROWSER,
  testDir: '.',
  testIgnore: '**/browser/stack/**',
  outputDir: '../../test-results',
  use: { ...IN_A_BROWSER.use, baseURL: url ?? `http://127.0.0.1:${PORT}` },
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
