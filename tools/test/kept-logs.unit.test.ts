import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { keepLogs } from './kept-logs.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-kept-'));
after(() => rmSync(dir, { recursive: true, force: true }));

describe('the logs of a stack on which a story failed', () => {
  const [stack, kept] = [path.join(dir, 'stack'), path.join(dir, 'kept')];
  mkdirSync(path.join(stack, 'logs'), { recursive: true });
  writeFileSync(path.join(stack, 'runner.log'), 'runs\n');
  writeFileSync(path.join(stack, 'logs/order-1.log'), `${'x'.repeat(300_000)}the end\n`);

  it('are kept with their ends, in a folder that says which', () => {
    const folder = keepLogs(stack, 'an order’s money is given back', kept) ?? '';
    assert.match(path.basename(folder), /^\d{8}T\d{6}-an-order-s-money-is-given-back$/);
    assert.deepEqual(readdirSync(folder).toSorted(), ['order-1.log', 'runner.log']);
    const log = readFileSync(path.join(folder, 'order-1.log'), 'utf8');
    assert.equal(log.length, 256 * 1024);
    assert.match(log, /xthe end\n$/);
  });

  it('are at most those of the last twenty', () => {
    for (let n = 0; n < 25; n++) {
      const folder = path.join(kept, `old-${n}`);
      mkdirSync(folder);
      utimesSync(folder, n, n);
    }
    const newest = keepLogs(stack, 'the newest', kept) ?? '';
    const left = readdirSync(kept);
    assert.equal(left.length, 20);
    assert.ok(left.includes(path.basename(newest)) && left.includes('old-24') && !left.includes('old-0'));
  });

  it('are not there where containers keep their own', () =>
    assert.equal(keepLogs(path.join(dir, 'nothing'), 'x', kept), undefined));
});
