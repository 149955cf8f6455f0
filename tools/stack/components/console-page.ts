/** The console's page, built when a stack needs it. */
import path from 'node:path';
import { pageIsBuilt } from '../../../console/web/sources.ts';
import { run } from '../../set-up/children.mjs';
import { systemEnvironment } from '../environment.ts';
import { ROOT } from '../state.ts';

/**
 * A few seconds once, nothing while its sources are as they were. False: it cannot be built; that is said,
 * and no reason not to start.
 */
export async function builtPage(say: (text: string) => void): Promise<boolean> {
  if (pageIsBuilt()) return true;
  say("building the console's page (once)");
  const began = Date.now();
  const script = path.join(ROOT, 'console/web/build.ts');
  const { code, output, error } = await run(process.execPath, [script], {
    cwd: ROOT,
    env: systemEnvironment(process.env),
  });
  if (code === 0) {
    say(`the console's page is built (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return true;
  }
  console.error(error ?? output);
  say("the console's page cannot be built, what it shows is at its /api: npm run console:page says why");
  return false;
}
