/** Several commands at once in a stack's folder, and what a killed one leaves there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { down, runningStack } from './launch.ts';
import { isAlive } from './processes.ts';
import { readState } from './state.ts';
import { enterFolder } from './enter-folder.ts';
import { nothingIsLeft, upInAProcess } from './up-in-a-process.ts';

let dir: string;
let leave: () => Promise<void>;

describe('one folder', () => {
  beforeEach(() => {
    ({ dir, leave } = enterFolder('one-folder'));
  });
  afterEach(() => leave());

  it('takes one of two starts at once; the other one says so in one line, and what it says is true', async () => {
    const both = [upInAProcess(), upInAProcess()];
    await Promise.any(both.map(({ says }) => says('starting')));
    await assert.rejects(
      down(() => {}),
      /one is being started in/,
      'nor is the folder said to be empty',
    );
    assert.equal(runningStack(), undefined, 'what is half up is not running');
    const codes = (await Promise.all(both.map(({ exited }) => exited))).map(([code]) => code);
    assert.deepEqual(codes.toSorted(), [0, 1]);
    // What it said may come behind its exit.
    const refused = await eventually('it says why', () => both[codes.indexOf(1)]?.said().trim() || undefined);
    assert.match(refused, /^stack: one is being started in \S+ \(pid \d+\).*$/);
    assert.ok(runningStack()?.components.every(isAlive));
    const downs = await Promise.allSettled([down(() => {}), down(() => {})]);
    assert.deepEqual(downs.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const [no] = downs.filter((one) => one.status === 'rejected');
    assert.match((no?.reason as Error).message, /^stack: the one in \S+ is being stopped \(pid \d+\).*$/);
    nothingIsLeft(dir);
  });

  it('is emptied of what a killed runner had not even written down', async () => {
    const first = upInAProcess();
    assert.deepEqual(await first.exited, [0, null]);
    const state = readState(dir);
    process.kill(state?.runner?.pid as number, 'SIGKILL');
    writeFileSync(path.join(dir, 'state.json'), '{"components":[{"na');
    const second = upInAProcess();
    assert.deepEqual(await second.exited, [0, null], second.said());
    await second.says('a stack was left behind here');
    for (const { name, ...process } of state?.components ?? [])
      assert.equal(isAlive(process), false, `${name} is still there`);
  });
});
