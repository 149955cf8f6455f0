/**
 * `npm run prove [-- WORDS]`: takes each mechanism out, in a copy, and sees its test fail. A test that does not notice proves nothing.
 * With words only the rows whose failure contains them.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { down, up } from '../stack/launch.ts';
import type { StackState } from '../stack/state.ts';
import { type Mechanism, MECHANISMS } from './mechanisms.ts';
import { scratchCopy } from './scratch.ts';

/** A test that hangs without its mechanism has noticed too. */
const TEST_WITHIN_MS = 400_000;

function environmentOf(state: StackState): NodeJS.ProcessEnv {
  const component = (name: string) => state.components.find((candidate) => candidate.name === name);
  return {
    TEST_POSTGRES_URL: component('postgres')?.url ?? '',
    TEST_KAFKA_BROKERS: (component('kafka')?.brokers ?? []).join(','),
    TEST_DATABASES: JSON.stringify(component('postgres')?.databases ?? {}),
  };
}

/** True if the test passes. */
async function passes(dir: string, { kind, file, name }: Mechanism['test'], environment: NodeJS.ProcessEnv): Promise<boolean> {
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
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  return code === 0;
}

/** A file that cannot even be loaded would make any test fail. */
async function loads(file: string): Promise<boolean> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `await import(${JSON.stringify(file)}); process.exit(0)`], {
    stdio: 'ignore',
  });
  return (await new Promise((resolve) => child.once('exit', resolve))) === 0;
}

async function main(): Promise<boolean> {
  const words = process.argv.slice(2).join(' ');
  const rows = MECHANISMS.filter(({ failure }) => failure.includes(words));
  if (rows.length === 0) throw new Error(`no failure contains "${words}"`);
  const stackFolder = mkdtempSync(path.join(os.tmpdir(), 'order-saga-prove-stack-'));
  chmodSync(stackFolder, 0o755); // Postgres refuses root and runs as somebody who must be able to come here
  process.env['STACK_DIR'] = stackFolder;
  const scratch = scratchCopy();
  let unnoticed = 0;
  try {
    const needsStack = rows.some(({ test }) => test.kind === 'integration');
    const options = { ephemeral: true, replicas: 1, jit: 'c1', infrastructureOnly: true } as const;
    const environment = needsStack ? environmentOf(await up(options, (text) => console.log(`  ${text}`))) : {};
    const whole = new Map<string, boolean>();
    for (const row of rows) {
      const test = JSON.stringify(row.test);
      // A test that fails with everything in place proves nothing either.
      if (!whole.has(test)) whole.set(test, await passes(scratch.dir, row.test, environment));
      const restore = scratch.replace(row.file, row.cut, row.paste);
      if (!(await loads(path.join(scratch.dir, row.file)))) throw new Error(`${row.failure}: what is pasted does not load`);
      const noticed = !(await passes(scratch.dir, row.test, environment));
      restore();
      const good = noticed && whole.get(test) === true;
      if (!good) unnoticed++;
      const verdict = !whole.get(test) ? 'FAILS ANYWAY' : noticed ? 'noticed' : 'NOT NOTICED';
      console.log(`${verdict.padEnd(12)} ${row.failure}: without ${row.mechanism}, ${row.test.file} ${row.test.name ?? ''}`);
    }
  } finally {
    await down(() => {});
    scratch.remove();
    rmSync(stackFolder, { recursive: true, force: true });
  }
  console.log(`${rows.length - unnoticed} of ${rows.length} noticed`);
  return unnoticed === 0;
}

main().then(
  (good) => process.exit(good ? 0 : 1),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
