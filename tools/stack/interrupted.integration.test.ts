/** However a command that starts a stack is interrupted, and whenever: nothing of it runs on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { workingIn } from './claims.ts';
import { markedProcesses } from './leftovers.ts';
import { startTimeOf } from './processes.ts';
import { enterFolder } from './enter-folder.ts';
import { nothingIsLeft, upInAProcess } from './up-in-a-process.ts';

let dir: string;
let leave: () => Promise<void>;

describe('a command that starts a stack', () => {
  beforeEach(() => {
    ({ dir, leave } = enterFolder('interrupted'));
  });
  afterEach(() => leave());

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`ends all of it on ${signal} while it starts`, async () => {
      const starting = upInAProcess();
      await starting.says('starting');
      if (signal !== 'SIGINT') await eventually('something runs', () => markedProcesses(dir).length > 0);
      starting.child.kill(signal);
      starting.child.kill(signal); // npm passes on what the terminal has sent already
      assert.deepEqual(await starting.exited, [code, null]);
      nothingIsLeft(dir);
    });
  }

  it('ends all of it when nobody reads what it says any more', async () => {
    const starting = upInAProcess();
    await starting.says('starting');
    starting.child.stdout?.destroy();
    assert.deepEqual(await starting.exited, [141, null]);
    nothingIsLeft(dir);
  });

  it('leaves nothing when it is killed while it starts', async () => {
    const starting = upInAProcess();
    await starting.says('starting');
    starting.child.kill('SIGKILL');
    await eventually('all is gone', () => workingIn(dir) === undefined && markedProcesses(dir).length === 0);
    nothingIsLeft(dir);
  });

  it('may name a process, with which the stack ends', async () => {
    const other = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
    const starting = upInAProcess({
      whileAlive: { pid: other.pid as number, startedAt: startTimeOf(other.pid as number) ?? '' },
    });
    assert.deepEqual(await starting.exited, [0, null]);
    other.kill('SIGKILL');
    await eventually('all is gone', () => workingIn(dir) === undefined);
    nothingIsLeft(dir);
  });
});
