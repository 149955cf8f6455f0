import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { makeFolder } from './folders.mjs';

describe('a folder that is made', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-folders-'));
  const at = (...names: string[]) => path.join(dir, ...names);
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('has all that was missing above it, and may be there already', () => {
    for (const name of [at('a/b/c'), at('a/b/c'), at('a/b/d/'), dir, '/']) {
      makeFolder(name);
      assert.ok(statSync(name).isDirectory(), name);
    }
  });
  it('is refused below a file, where a file is, and where a link leads nowhere', () => {
    writeFileSync(at('file'), '');
    symlinkSync(at('nowhere/deep'), at('link'));
    assert.throws(() => makeFolder(at('file')), { code: 'EEXIST' });
    assert.throws(() => makeFolder(at('file/below')), { code: 'ENOTDIR' });
    assert.throws(() => makeFolder(at('link')), { code: 'EEXIST' });
  });
  it(
    'is refused, and not tried for ever, where the system makes none',
    { skip: process.platform !== 'linux' },
    () => {
      const script = `
      const { makeFolder } = await import(${JSON.stringify(path.join(import.meta.dirname, 'folders.mjs'))});
      makeFolder('/proc/order-saga/claims');`;
      // In a process of its own: an endless mkdir cannot be interrupted.
      const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
        timeout: 20_000,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
      });
      assert.equal(signal, null);
      assert.match(stderr, /ENOENT.*\/proc\/order-saga/);
    },
  );
});
