/**
 * `npm run e2e [-- --compose] [what Playwright takes]`: the stories, on a throw-away stack or in containers
 * (which stay up).
 *
 *   npm run e2e -- order-refused
 *   npm run e2e -- --compose --repeat-each 5
 */
import { Help } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { runNode } from './child.ts';
import { PLAYWRIGHT } from './playwright.ts';
import { checkStoryNames } from './story-names.ts';

const USAGE = `npm run e2e [-- --compose] [STORIES] [what Playwright takes]

The stories, on a throw-away stack. STORIES: parts of their files' names, order-refused; -g 'WORDS': those with such a name.

  --compose   in containers (docker compose), which stay up

What Playwright takes: npx playwright test --help`;

runTool(async () => {
  const given = process.argv.slice(2);
  if (given.includes('--help') || given.includes('-h')) throw new Help(USAGE);
  const compose = given.includes('--compose');
  const taken = given.filter((arg) => arg !== '--compose');
  const options = taken.findIndex((arg) => arg.startsWith('-'));
  checkStoryNames(options < 0 ? taken : taken.slice(0, options));
  return (await runNode([...PLAYWRIGHT, ...taken], compose ? { E2E_COMPOSE: '1' } : {})) === 0;
});
