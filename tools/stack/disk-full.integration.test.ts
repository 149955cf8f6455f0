/**
 * A stack on a disk of its own that is full for a while. Needs the right to mount one (root, Linux); else it
 * is counted as skipped.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { openLedger } from '../psp-simulator/src/ledger.ts';
import { enterFolder } from './enter-folder.ts';
import { runningStack, up } from './launch.ts';
import { isAlive } from './processes.ts';
import { readState } from './state.ts';

/** Undefined: done. Else why not. */
function mount(dir: string): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=755', 'tmpfs', dir], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no disk can be mounted here: ${(error as Error).message.trim().split('\n').pop()}`;
  }
}

/** Unmounts it when it is asked to, or when this process is gone, however it went. */
function unmounter(dir: string): () => void {
  const script = `
    process.on('disconnect', () => {
      require('node:child_process').execFileSync('umount', ['-l', process.argv[1]]);
      require('node:fs').rmSync(process.argv[1], { recursive: true, force: true });
    });`;
  const guard = spawn(process.execPath, ['--eval', script, dir], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  });
  guard.unref();
  guard.channel?.unref();
  return () => {
    guard.kill('SIGKILL');
    execFileSync('umount', ['-l', dir]);
  };
}

/** Writes behind what is there until the system refuses, to the last byte. */
function fill(file: string): void {
  const descriptor = openSync(file, 'a');
  try {
    for (let size = 1 << 20; size > 0; size >>= 1) {
      try {
        while (writeSync(descriptor, Buffer.alloc(size)) === size);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

it('what runs there comes back when there is space again, and is written down again', async (t) => {
  let unmount = (_dir: string) => {};
  const { dir, leave } = enterFolder('disk-full', { beforeRemoval: (folder) => unmount(folder) });
  try {
    const why = mount(dir);
    if (why) return t.skip(why);
    // Also where the test has failed and left a file open.
    unmount = unmounter(dir);
    const options = { ephemeral: true, replicas: 1, jit: 'c1', infrastructureOnly: true } as const;
    await up({ ...options, forCaller: true }, () => {});
    const first = runningStack(dir);
    const ledgerFile = path.join(dir, 'ledger.jsonl');
    const ledger = openLedger(ledgerFile);
    const filler = path.join(dir, 'filler');
    fill(filler);
    // What is left of their last page.
    for (const log of readdirSync(path.join(dir, 'logs'))) fill(path.join(dir, 'logs', log));
    for (const { pid } of first?.components ?? []) process.kill(pid as number, 'SIGKILL');
    const entry = (orderId: string) => ({
      orderId,
      kind: 'charge' as const,
      amount: { amount: 1, currency: 'EUR' },
      idempotencyKey: orderId,
      at: 'x'.repeat(5_000),
      answer: { status: 200, body: {} },
    });
    assert.throws(() => ledger.record(entry('a')), /ENOSPC|full/);
    await eventually('all that ran has ended', () => !first?.components.some(isAlive));
    assert.ok(isAlive(first?.runner ?? {}), 'the runner does not die of what it cannot write');
    rmSync(filler);
    await eventually('all runs again, and the state file says so', () => {
      const now = readState(dir);
      return now?.components.length === 2 && now.components.every(isAlive);
    });
    assert.equal(runningStack(dir)?.runner?.pid, first?.runner?.pid);
    ledger.record(entry('b'));
    ledger.close();
    const again = openLedger(ledgerFile);
    again.close();
    assert.deepEqual(
      again.entries().map(({ orderId }) => orderId),
      ['b'],
    );
  } finally {
    await leave();
  }
});
