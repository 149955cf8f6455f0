import path from 'node:path';
import { ROOT } from '../stack/state.ts';

/** What Node is given to run the stories; what Playwright takes can follow. */
export const PLAYWRIGHT = [
  path.join(ROOT, 'node_modules/@playwright/test/cli.js'),
  'test',
  '--config',
  'e2e/playwright.config.ts',
];
