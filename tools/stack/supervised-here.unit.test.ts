import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import assert from 'node:assert/strict';
import { eventually } from '@sagakit/testing/eventually';
import { isAlive, startTimeOf } from './processes.ts';

it('what a test has brought up by itself ends with it, also when that is killed', async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-here-'));
  const spec = {
    ...{
      name: 'kafka',
      instance: 1,
      command: process.execPath,
      args: ['--eval', 'setInterval(() => {}, 1000)'],
    },
    ...{ env: {}, log: path.join(dir, 'kafka.log'), stopSignal: 'SIGTERM', ports: [], readyWithinMs: 10_000 },
  };
  const test = `
    const { superviseHere } = await import(${JSON.stringify(path.join(import.meta.dirname, 'supervised-here.ts'))});
    const own = superviseHere({ ...${JSON.stringify(spec)}, notReady: async () => undefined });
    await own.start();
    console.log(own.pid());
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', test], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  const started = { pid, startedAt: startTimeOf(pid) };
  try {
    assert.ok(isAlive(started));
    child.kill('SIGKILL');
    await eventually('it has ended too', () => !isAlive(started));
  } finally {
    if (isAlive(started)) process.kill(pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
});
