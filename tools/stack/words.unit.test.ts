/** What a failure is called, and what to do about it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { whyItFailed } from './failure.ts';
import { closedTo, makeReadable, pathProblem } from './reachable.ts';
import { wordsOf } from './stack-error.ts';

describe('a program that failed', () => {
  it('is told with the end of what it said, and no guess', () => {
    const output = `${Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n')}\ninitdb: error: could not look up effective user ID 12345\n`;
    const words = whyItFailed(output, '/stack');
    assert.match(words, /could not look up effective user ID 12345$/);
    assert.doesNotMatch(words, /disk|line 5\b/);
  });
  for (const output of [
    'could not write: No space left on device',
    'java.io.IOException: Disk quota exceeded',
  ])
    it(`is told to be the disk where the system says so: ${output}`, () =>
      assert.match(
        whyItFailed(`a\n${output}\nb`, '/stack'),
        /^the disk is full: make room where \/stack lies/,
      ));
  it('that said nothing is told so', () => assert.equal(whyItFailed(' \n', '/stack'), 'it said nothing'));
});

describe('an error', () => {
  it('is told with what lies below it', () => {
    assert.equal(
      wordsOf(new Error('fetch failed', { cause: new Error('ECONNREFUSED') })),
      'fetch failed (ECONNREFUSED)',
    );
    const both = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]);
    assert.equal(wordsOf(new Error('fetch failed', { cause: both })), 'fetch failed (::1 refused)');
    assert.equal(wordsOf(new Error('alone')), 'alone');
  });
});

describe('a folder for another user', () => {
  const tree: Record<string, { mode: number; uid: number }> = {
    '/': { mode: 0o755, uid: 0 },
    '/root': { mode: 0o700, uid: 0 },
    '/root/clone': { mode: 0o700, uid: 0 },
    '/root/clone/.stack': { mode: 0o711, uid: 0 },
    '/root/clone/.stack/data': { mode: 0o700, uid: 65534 },
  };
  it('is closed by every folder above that they cannot pass through, all told at once', () =>
    assert.deepEqual(
      closedTo(65534, '/root/clone/.stack/data', (folder) => tree[folder]),
      ['/root', '/root/clone'],
    ));
  it('that was installed under a umask of 077 is opened with all below it', () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-reachable-'));
    try {
      mkdirSync(path.join(dir, 'bin'), { mode: 0o700 });
      writeFileSync(path.join(dir, 'bin/initdb'), '', { mode: 0o700 });
      writeFileSync(path.join(dir, 'data'), '', { mode: 0o600 });
      chmodSync(dir, 0o700);
      makeReadable(dir);
      const mode = (...names: string[]) => statSync(path.join(dir, ...names)).mode & 0o777;
      assert.deepEqual(
        [mode(), mode('bin'), mode('bin', 'initdb'), mode('data')],
        [0o755, 0o755, 0o755, 0o644],
      );
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('a path', () => {
  it('may have an umlaut, a comma, a space, an apostrophe, a percent sign', () =>
    assert.equal(pathProblem("/ü, sp' %41/bin/initdb", "/ü, sp' %41/.stack"), undefined));
  for (const bad of ['"', '$', '`'])
    it(`with ${bad}, from which initdb cannot be run, is told so`, () =>
      assert.match(pathProblem(`/a${bad}b/bin/initdb`, '/') ?? '', /move the clone/));
  it('that is longer than PostgreSQL takes is told so, in bytes', () =>
    assert.match(pathProblem('/initdb', `/${'ü'.repeat(450)}`) ?? '', /901 bytes, and it takes 900/));
});
