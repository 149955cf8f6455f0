import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { builtPage } from './console-page.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-page-'));
after(() => rmSync(dir, { recursive: true, force: true }));

/** What is said of a builder of this text. */
async function saidOf(builder: string, stopping = new AbortController().signal): Promise<string[]> {
  const file = path.join(dir, 'build.ts');
  writeFileSync(file, builder);
  const said: string[] = [];
  const built = await builtPage((text) => said.push(text), stopping, {
    isBuilt: () => false,
    builder: file,
  });
  assert.equal(built, false);
  assert.equal(said.shift(), "building the console's page (once)");
  return said;
}

describe('a page that cannot be built is told with the reason', () => {
  for (const [what, builder, why] of [
    ['a module is missing', `import 'no-such-module';`, /Cannot find package 'no-such-module'/],
    [
      'it threw',
      `throw new Error('src/App.tsx: Unexpected token');`,
      /Error: src\/App\.tsx: Unexpected token/,
    ],
    [
      'the disk is full',
      `throw new Error('ENOSPC: no space left on device, write');`,
      /Why: the disk is full/,
    ],
    [
      'no memory is left',
      `console.error('JavaScript heap out of memory'); process.exit(134)`,
      /not enough memory/,
    ],
    [
      'it was ended',
      `process.kill(process.pid, 'SIGKILL')`,
      /it was ended \(SIGKILL, by somebody, or by the system/,
    ],
  ] as const)
    it(what, async () => {
      const [said = '', ...more] = await saidOf(builder);
      assert.deepEqual(more, []);
      assert.match(said, why);
      assert.match(said, /^the console's page cannot be built, .*npm run console:page tries again\. Why: /);
      assert.doesNotMatch(said, /\n +at /);
    });

  it('and with nothing where the stack is being stopped, and the builder with it', async () =>
    assert.deepEqual(await saidOf('process.exit(1)', AbortSignal.abort()), []));
});

it('a page that is built is built no more, and nothing is said', async () => {
  const said: string[] = [];
  const settings = { isBuilt: () => true, builder: '/nowhere' };
  assert.equal(await builtPage((text) => said.push(text), new AbortController().signal, settings), true);
  assert.deepEqual(said, []);
});
