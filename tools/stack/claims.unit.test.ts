import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { claimFolder, claimToStart, type Phase } from './claims.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-claims-'));
after(() => rmSync(dir, { recursive: true, force: true }));

async function had(phase: Phase) {
  const got = await claimFolder(dir, phase);
  assert.ok('claimed' in got);
  return got.claimed;
}

describe('who starts in a folder', () => {
  it('waits for what is being stopped there, and says so once', async () => {
    const before = await had('stopping');
    const said: string[] = [];
    let started = false;
    const starting = claimToStart(dir, (text) => said.push(text)).finally(() => (started = true));
    await eventually('it says that it waits', () => said.length > 0);
    assert.equal(started, false);
    before.release();
    const got = await starting;
    assert.ok('claimed' in got);
    got.claimed.release();
    assert.deepEqual(said, [`the one before is still being stopped (pid ${process.pid}); waiting for it`]);
  });

  for (const phase of ['starting', 'running'] as const)
    it(`is refused where one is ${phase}`, async () => {
      const before = await had(phase);
      const got = await claimToStart(dir, assert.fail);
      assert.equal('holder' in got && got.holder.what, phase);
      before.release();
    });
});
