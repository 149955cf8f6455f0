import { defineConfig } from '@playwright/test';
import { enterLane } from './support/lanes.ts';

enterLane();

/**
 * One stack for all stories, brought up by global-setup.ts. Stories of failures kill its processes, so
 * nothing runs on it beside them. With `--workers 2` there are two stacks.
 */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  // These bring a stack of their own, look at processes, or are about the code and not about where it runs.
  testIgnore: process.env['E2E_COMPOSE']
    ? [
        '**/{console-story,timed-out,demo,erasure,without-tokens,frozen,broker-away,backlog,hostile,provider,runbooks,dead-letters}.spec.ts',
        '**/browser/**',
      ]
    : ['**/containers/**', '**/browser/**'],
  globalSetup: './support/global-setup.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 120_000,
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['list'], ['json']] : [['list']],
  outputDir: '../test-results',
});
