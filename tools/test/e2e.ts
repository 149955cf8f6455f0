/**
 * `npm run e2e [-- --compose] [what Playwright takes]`: the stories, on a throw-away stack or in containers
 * (which stay up).
 *
 *   npm run e2e -- order-refused
 *   npm run e2e -- --compose --repeat-each 5
 */
import { runTool } from '../run-tool.ts';
import { runNode } from './child.ts';
import { PLAYWRIGHT } from './playwright.ts';

runTool(async () => {
  const given = process.argv.slice(2);
  const compose = given.includes('--compose');
  const args = [...PLAYWRIGHT, ...given.filter((arg) => arg !== '--compose')];
  return (await runNode(args, compose ? { E2E_COMPOSE: '1' } : {})) === 0;
});
