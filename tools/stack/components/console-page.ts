/** The console's page, built when a stack needs it. */
import path from 'node:path';
import { DIST, pageIsBuilt } from '../../../console/web/sources.ts';
import { run } from '../../set-up/children.mjs';
import { systemEnvironment } from '../environment.ts';
import { whyItFailed } from '../failure.ts';
import { ROOT } from '../state.ts';

const BUILDER = path.join(ROOT, 'console/web/build.ts');

/**
 * A few seconds once, nothing while its sources are as they were. False: it cannot be built; that is said,
 * and why, and no reason not to start.
 *
 * @param stopping aborted: the builder was ended with all else, and there is nothing to say
 */
export async function builtPage(
  say: (text: string) => void,
  stopping: AbortSignal,
  { isBuilt = pageIsBuilt, builder = BUILDER }: { isBuilt?: () => boolean; builder?: string } = {},
): Promise<boolean> {
  const why = await whyNotBuilt(say, isBuilt, builder).catch((error: Error) => error.message);
  if (why === undefined) return true;
  if (!stopping.aborted)
    say(
      `the console's page cannot be built, what it shows is at its /api; npm run console:page tries again. Why: ${why}`,
    );
  return false;
}

async function whyNotBuilt(
  say: (text: string) => void,
  isBuilt: () => boolean,
  builder: string,
): Promise<string | undefined> {
  if (isBuilt()) return undefined;
  say("building the console's page (once)");
  const began = Date.now();
  const { code, output, signal, error } = await run(process.execPath, [builder], {
    cwd: ROOT,
    env: systemEnvironment(process.env),
  });
  if (code !== 0) return error?.message ?? whyItFailed(output, DIST, signal);
  say(`the console's page is built (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  return undefined;
}
