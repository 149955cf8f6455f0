/**
 * `npm run e2e [-- --compose] [what Playwright takes]`: the stories, on a throw-away stack or in containers (which stay up).
 *
 *   npm run e2e -- order-refused
 *   npm run e2e -- --compose --repeat-each 5
 */
import { spawn } from 'node:child_process';
import { ROOT } from '../stack/state.ts';
import { PLAYWRIGHT } from './playwright.ts';

const given = process.argv.slice(2);
const compose = given.includes('--compose');
const child = spawn(process.execPath, [...PLAYWRIGHT, ...given.filter((arg) => arg !== '--compose')], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, ...(compose ? { E2E_COMPOSE: '1' } : {}) },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
