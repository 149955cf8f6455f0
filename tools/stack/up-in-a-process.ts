/** For tests: a command that starts a stack, in a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@sagakit/testing/eventually';
import { workingIn } from './claims.ts';
import { markedProcesses } from './leftovers.ts';
import { startTimeOf } from './processes.ts';
import type { UpOptions } from './runner.ts';

const options: UpOptions = {
  ...{ ephemeral: true, replicas: 1, jit: 'c1', infrastructureOnly: true },
  // The command ends, and its stack stays: not longer than the test, however that ends.
  whileAlive: { pid: process.pid, startedAt: startTimeOf(process.pid) ?? '' },
};

/** A command like `stack up` in a process of its own, for Kafka and Postgres alone. */
export function upInAProcess(more: Partial<UpOptions> = {}) {
  const here = (file: string) => JSON.stringify(path.join(import.meta.dirname, file));
  const script = `
    const { runTool } = await import(${here('../run-tool.ts')});
    const { up } = await import(${here('launch.ts')});
    runTool(async () => void (await up(${JSON.stringify({ ...options, ...more })}, (text) => console.log(text))));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const listen = (chunk: Buffer) => void (said += chunk.toString());
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return {
    child,
    said: () => said,
    exited,
    says: (text: string) => eventually(`it says ${text}`, () => said.includes(text)),
  };
}

export const nothingIsLeft = (dir: string) => {
  assert.deepEqual(markedProcesses(dir), []);
  assert.equal(workingIn(dir), undefined);
  assert.equal(existsSync(path.join(dir, 'state.json')), false);
};
