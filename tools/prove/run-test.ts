/** One test of `npm run prove`, in the copy: whether it passes, and what it said if it does not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { withTimeout } from '@sagakit/resilience/timeout';
import { onInterruption } from '../run-tool.ts';
import type { Mechanism } from './mechanism.ts';
import { endWithAll } from './whole-tree.ts';

/** A test that hangs without its mechanism has noticed too. */
const TEST_WITHIN_MS = 400_000;
/** So long a file in which something has failed may go on, to clean up: nobody waits for all the rest. */
const ENDS_WITHIN_MS = 30_000;
const HEARD_WITHIN_MS = 1_000;

const NODE_TEST = ['--test', '--test-timeout=120000', '--test-reporter=tap'];

/** Where TAP, and Playwright, begin to say what failed. */
const FAILURE = /^ *(?:not ok|1\)) /m;
const LINES_OF_A_FAILURE = 25;

/** The lines in which it says what failed; its last ones, if it does not get so far. */
function failureIn(said: string): string {
  const at = said.search(FAILURE);
  const lines = (at < 0 ? said : said.slice(at)).trim().split('\n');
  return (at < 0 ? lines.slice(-LINES_OF_A_FAILURE) : lines.slice(0, LINES_OF_A_FAILURE)).join('\n');
}

/** Throws if the command is interrupted meanwhile. */
export async function runTest(
  dir: string,
  { kind, file, name }: Mechanism['test'],
  environment: NodeJS.ProcessEnv,
): Promise<{ passes: boolean; failure: string }> {
  const only = (option: string) => (name === undefined ? [] : [option, name]);
  const args =
    kind === 'e2e'
      ? [path.join(dir, 'tools/test/e2e.ts'), file, ...only('-g')]
      : [...NODE_TEST, ...only('--test-name-pattern'), path.join(dir, file)];
  const child = spawn(process.execPath, args, {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, NODE_TEST_CONTEXT: undefined },
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const heard = once(child, 'close');
  // Ended in the middle it cleans up nothing.
  let ended: Promise<void> | undefined;
  const end = () => (ended ??= endWithAll(child));
  const takeBack = onInterruption(end);
  const timers = [setTimeout(end, TEST_WITHIN_MS)];
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (timers.length === 1 && FAILURE.test(said)) timers.push(setTimeout(end, ENDS_WITHIN_MS));
    });
  const [code] = await exited;
  for (const timer of timers) clearTimeout(timer);
  await ended;
  // What it leaves running may hold its output for ever.
  await withTimeout(heard, HEARD_WITHIN_MS);
  takeBack();
  return { passes: code === 0, failure: failureIn(said) };
}
