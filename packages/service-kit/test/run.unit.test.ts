/** A real process whose service cannot start, or cannot go on while it starts: it ends, and says why. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

const RUN = pathToFileURL(path.join(import.meta.dirname, '../src/run.ts')).href;
const CONFIG = pathToFileURL(path.join(import.meta.dirname, '../src/config.ts')).href;

/** @param start the body of a start function that is handed `onDead` */
const startedAs = (start: string) =>
  new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const main = `
      import { runService } from '${RUN}';
      import { ConfigError } from '${CONFIG}';
      await runService(async ({ onDead }) => { ${start} }, { stop: async () => {} });
    `;
    execFile(process.execPath, ['--input-type=module', '--eval', main], (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });

describe('a service that is not there yet', () => {
  const WAITS = 'await new Promise(() => {});';
  for (const [what, start] of [
    ['cannot start', `throw new Error('no such thing');`],
    ['leaves a rejection unhandled', `void Promise.reject(new Error('no such thing')); ${WAITS}`],
    ['throws beside its start', `setImmediate(() => { throw new Error('no such thing'); }); ${WAITS}`],
    ['cannot go on', `onDead(new Error('no such thing')); ${WAITS}`],
  ] as const)
    it(`that ${what} ends with exit code 1 and says why`, async () => {
      const { code, stderr } = await startedAs(start);
      assert.equal(code, 1);
      assert.match(stderr, /^Error: no such thing\n +at /m);
    });

  it('says what does not fit in its environment without a stack', async () =>
    assert.deepEqual(await startedAs(`throw new ConfigError(['PORT is missing']);`), {
      code: 1,
      stderr: 'the environment does not fit:\n  PORT is missing\n',
    }));
});
