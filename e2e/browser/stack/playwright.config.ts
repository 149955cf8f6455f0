import { defineConfig } from '@playwright/test';
import { IN_A_BROWSER } from '../browser.ts';

/** The page on a real stack, which all these stories share: setup.ts brings it up. */
export default defineConfig({
  ...IN_A_BROWSER,
  testDir: '..',
  testMatch: ['**/shop.spec.ts', '**/stack/*.spec.ts'],
  globalSetup: './setup.ts',
  outputDir: '../../../test-results',
  // Said by the setup; each worker reads this file after it.
  use: { ...IN_A_BROWSER.use, baseURL: process.env['CONSOLE_URL'] ?? '' },
});
