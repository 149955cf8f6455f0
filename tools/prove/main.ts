/**
 * `npm run prove [-- WORDS] [--kind unit|integration|e2e]`: takes each mechanism out, in a copy, and sees
 * its test fail. A test that does not notice proves nothing. With words only the rows whose failure contains
 * them, with a kind only those with such a test.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { StackError } from '../stack/stack-error.ts';
import { withInfrastructure } from '../test/infrastructure.ts';
import type { Mechanism } from './mechanism.ts';
import { MECHANISMS } from './mechanisms.ts';
import { scratchCopy } from './scratch.ts';
import { onInterruption, runTool } from '../run-tool.ts';

/** A test that hangs without its mechanism has noticed too. */
const TEST_WITHIN_MS = 400_000;

/** True if the test passes. */
async function passes(
  dir: string,
  { kind, file, name }: Mechanism['test'],
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  const args =
    kind === 'e2e'
      ? [path.join(dir, 'tools/test/e2e.ts'), file, ...(name === undefined ? [] : ['-g', name])]
      : ['--test', '--test-timeout=120000', path.join(dir, file)];
  const child = spawn(process.execPath, args, {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, ...environment, NODE_TEST_CONTEXT: undefined },
  });
  const timer = setTimeout(() => child.kill('SIGTERM'), TEST_WITHIN_MS);
  const takeBack = onInterruption(async () => child.kill('SIGTERM'));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  takeBack();
  return code === 0;
}

/** A file that cannot even be loaded would make any test fail. */
async function loads(file: string): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', `await import(${JSON.stringify(file)}); process.exit(0)`],
    {
      stdio: 'ignore',
    },
  );
  return (await new Promise((resolve) => child.once('exit', resolve))) === 0;
}

async function prove(rows: readonly Mechanism[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const scratch = scratchCopy();
  const whole = new Map<string, boolean>();
  let unnoticed = 0;
  try {
    for (const row of rows) {
      const test = JSON.stringify(row.test);
      // A test that fails with everything in place proves nothing either.
      if (!whole.has(test)) whole.set(test, await passes(scratch.dir, row.test, environment));
      const restore = scratch.replace(row.file, row.cut, row.paste);
      if (!row.file.endsWith('.sql') && !(await loads(path.join(scratch.dir, row.file))))
        throw new Error(`${row.failure}: what is pasted does not load`);
      const noticed = !(await passes(scratch.dir, row.test, environment));
      restore();
      const good = noticed && whole.get(test) === true;
      if (!good) unnoticed++;
      const verdict = !whole.get(test) ? 'FAILS ANYWAY' : noticed ? 'noticed' : 'NOT NOTICED';
      console.log(
        `${verdict.padEnd(12)} ${row.failure}: without ${row.mechanism}, ${row.test.file} ${row.test.name ?? ''}`,
      );
    }
  } finally {
    scratch.remove();
  }
  console.log(`${rows.length - unnoticed} of ${rows.length} noticed`);
  return unnoticed === 0;
}

function options(): { words: string; kind: string | undefined } {
  const { values, positionals } = parseArgs({
    options: { kind: { type: 'string' } },
    allowPositionals: true,
  });
  return { words: positionals.join(' '), kind: values.kind };
}

async function main(): Promise<boolean> {
  const { words, kind } = options();
  const rows = MECHANISMS.filter(
    ({ failure, test }) => failure.includes(words) && (kind === undefined || test.kind === kind),
  );
  if (rows.length === 0) {
    const of = kind === undefined ? '' : ` with a test of kind ${kind}`;
    throw new StackError('prove', `no failure${of} contains "${words}"`);
  }
  const needsStack = rows.some(({ test }) => test.kind === 'integration');
  return needsStack ? withInfrastructure((variables) => prove(rows, variables)) : prove(rows, {});
}

runTool(main);
