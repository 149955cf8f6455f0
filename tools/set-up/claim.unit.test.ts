import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { claim, decide, holderOf, parse } from './claim.mjs';

describe('of all who want a folder', () => {
  const other = (has: boolean) => ({ name: '', has, what: 'starting', pid: 1, startedAt: '2' });
  it('one that sees nobody else has it', () => assert.equal(decide([]), 'mine'));
  it('one that sees others who want it looks again', () =>
    assert.equal(decide([other(false), other(false)]), 'again'));
  it('one that sees who has it is refused by that one', () =>
    assert.deepEqual(decide([other(false), other(true)]), other(true)));
});

describe('a folder', () => {
  let dir: string;
  before(() => (dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-claim-'))));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('is claimed by exactly one of ten processes at once, also where a dead one had it; the others learn by whom', async () => {
    const stale = 'has.running.999999.MQ.1';
    assert.equal(parse(stale)?.pid, 999_999);
    await claim(dir, 'starting').then((got) => 'claimed' in got && got.claimed.release());
    writeFileSync(path.join(dir, 'claims', stale), '');
    const script = `
      import { claim } from ${JSON.stringify(path.join(import.meta.dirname, 'claim.mjs'))};
      await new Promise((resolve) => process.stdin.once('data', resolve));
      const got = await claim(${JSON.stringify(dir)}, 'starting');
      console.log('claimed' in got ? 'mine' : String(got.holder.pid));
      process.stdin.once('data', () => process.exit());`;
    const children = Array.from({ length: 10 }, () =>
      spawn(process.execPath, ['--input-type=module', '--eval', script]),
    );
    try {
      const said = children.map(async (child) => {
        const [line] = (await once(child.stdout, 'data')) as [Buffer];
        return { pid: child.pid, line: line.toString().trim() };
      });
      for (const child of children) child.stdin.write('go\n');
      const all = await Promise.all(said);
      const mine = all.filter(({ line }) => line === 'mine');
      assert.equal(mine.length, 1, JSON.stringify(all));
      for (const { line } of all)
        assert.ok(line === 'mine' || line === String(mine[0]?.pid), JSON.stringify(all));
      assert.equal(holderOf(dir)?.pid, mine[0]?.pid);
    } finally {
      const exits = children.map((child) => once(child, 'exit'));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(exits);
    }
    assert.equal(holderOf(dir), undefined, 'a dead process has nothing');
    assert.deepEqual(readdirSync(path.join(dir, 'claims')), [], 'and leaves nothing');
  });

  it('is free again when it is released, and says meanwhile what is done there', async () => {
    const got = await claim(dir, 'starting');
    assert.ok('claimed' in got);
    got.claimed.become('running');
    assert.equal(holderOf(dir)?.what, 'running');
    assert.ok('holder' in (await claim(dir, 'stopping')), 'the same process is refused as well');
    got.claimed.release();
    assert.equal(holderOf(dir), undefined);
  });

  it('stays claimed by a child that outlives its parent', async () => {
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
    const got = await claim(dir, 'setup');
    assert.ok('claimed' in got);
    got.claimed.share(child.pid as number);
    rmSync(
      path.join(
        dir,
        'claims',
        readdirSync(path.join(dir, 'claims')).find((name) => name.includes(`.${process.pid}.`)) ?? '',
      ),
    );
    assert.equal(holderOf(dir)?.pid, child.pid);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    assert.equal(holderOf(dir), undefined);
  });
});
