/**
 * `npm run prove [-- 'WORDS' ...] [--kind unit|integration|e2e] [--list]`: takes each mechanism out, in a
 * copy, and sees its test fail. A test that does not notice proves nothing. With words only the rows whose
 * failure contains one of the texts, with a kind only those with such a test; `--list` only says which these
 * are.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { StackError } from '../stack/stack-error.ts';
import { withInfrastructure } from '../test/infrastructure.ts';
import type { Mechanism } from './mechanism.ts';
import { MECHANISMS } from './mechanisms.ts';
import { scratchCopy } from './scratch.ts';
import { endWithAll } from './whole-tree.ts';
import { commandLine } from '../command-line.ts';
import { onInterruption, runTool } from '../run-tool.ts';

/** A test that hangs without its mechanism has noticed too. */
const TEST_WITHIN_MS = 400_000;
/** So long a file in which something has failed may go on, to clean up: nobody waits for all the rest. */
const ENDS_WITHIN_MS = 30_000;

const NODE_TEST = ['--test', '--test-timeout=120000', '--test-reporter=tap'];

/** True if the test passes. */
async function passes(
  dir: string,
  { kind, file, name }: Mechanism['test'],
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  const only = (option: string) => (name === undefined ? [] : [option, name]);
  const args =
    kind === 'e2e'
      ? [path.join(dir, 'tools/test/e2e.ts'), file, ...only('-g')]
      : [...NODE_TEST, ...only('--test-name-pattern'), path.join(dir, file)];
  const child = spawn(process.execPath, args, {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...environment, NODE_TEST_CONTEXT: undefined },
  });
  // Ended in the middle it cleans up nothing.
  let ended: Promise<void> | undefined;
  const end = () => (ended ??= endWithAll(child));
  const timers = [setTimeout(end, TEST_WITHIN_MS)];
  child.stdout.on('data', (said: Buffer) => {
    if (timers.length === 1 && /^ *not ok /m.test(said.toString()))
      timers.push(setTimeout(end, ENDS_WITHIN_MS));
  });
  const takeBack = onInterruption(end);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  for (const timer of timers) clearTimeout(timer);
  await ended;
  takeBack();
  return code === 0;
}

type Verdict = 'noticed' | 'NOT NOTICED' | 'FAILS ANYWAY';

async function prove(rows: readonly Mechanism[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const scratch = scratchCopy();
  const whole = new Map<string, boolean>();

  async function proveOne({ file, cut, paste, test }: Mechanism): Promise<Verdict> {
    const asked = JSON.stringify(test);
    if (!whole.has(asked)) whole.set(asked, await passes(scratch.dir, test, environment));
    // A test that fails with everything in place proves nothing either.
    if (!whole.get(asked)) return 'FAILS ANYWAY';
    const restore = scratch.replace(file, cut, paste);
    const verdict = (await passes(scratch.dir, test, environment)) ? 'NOT NOTICED' : 'noticed';
    restore();
    return verdict;
  }

  let noticed = 0;
  try {
    for (const row of rows) {
      const began = performance.now();
      const verdict = await proveOne(row);
      if (verdict === 'noticed') noticed++;
      const seconds = ((performance.now() - began) / 1_000).toFixed(0);
      console.log(`${verdict.padEnd(13)} ${seconds.padStart(3)} s  ${inWords(row)}`);
    }
  } finally {
    scratch.remove();
  }
  console.log(`${noticed} of ${rows.length} noticed`);
  return noticed === rows.length;
}

const inWords = ({ failure, mechanism, test }: Mechanism) =>
  `${test.kind.padEnd(11)} ${failure}: without ${mechanism}, ${test.file} ${test.name ?? ''}`.trimEnd();

const USAGE = `npm run prove [-- 'WORDS' ...] [--kind unit|integration|e2e] [--list]

Takes each mechanism out, in a copy, and sees its test fail. With words only those whose failure contains one of the texts.

  --kind KIND   only those with a test of that kind
  --list        only say which these are`;

function options(): { texts: string[]; kind: string | undefined; list: boolean } {
  const { values, positionals } = commandLine(USAGE, {
    kind: { type: 'string' },
    list: { type: 'boolean', default: false },
  });
  return { texts: positionals, kind: values.kind, list: values.list };
}

async function main(): Promise<boolean> {
  const { texts, kind, list } = options();
  const rows = MECHANISMS.filter(
    ({ failure, test }) =>
      (texts.length === 0 || texts.some((text) => failure.includes(text))) &&
      (kind === undefined || test.kind === kind),
  );
  if (rows.length === 0) {
    const of = kind === undefined ? '' : ` with a test of kind ${kind}`;
    throw new StackError('prove', `no failure${of} contains "${texts.join('" or "')}"`);
  }
  if (list) {
    for (const row of rows) console.log(inWords(row));
    return true;
  }
  const needsStack = rows.some(({ test }) => test.kind === 'integration');
  return needsStack ? withInfrastructure((variables) => prove(rows, variables)) : prove(rows, {});
}

runTool(main);
