/**
 * The jobs of `up`, where what they wait for does not come: in a project of its own, without anything else.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '@sagakit/testing/eventually';
import { expect, test } from '@playwright/test';
import { ROOT } from '../../tools/stack/state.ts';
import { docker, stateOf } from '../support/docker.ts';

async function compose(...args: string[]): Promise<string> {
  const env = { ...process.env, COMPOSE_PROJECT_NAME: 'order-saga-test-jobs' };
  const { stdout } = await promisify(execFile)('docker', ['compose', ...args], { cwd: ROOT, env });
  return stdout.trim();
}

test.setTimeout(90_000);
test.afterAll(() => compose('down', '--volumes', '--remove-orphans', '--timeout', '1'));

for (const job of ['ready', 'topics']) {
  test(`${job} ends at once when it is told to while it waits`, async () => {
    const container = await compose('run', '--detach', '--no-deps', job);
    await eventually(
      'its program runs, and has been at it for a while',
      async () =>
        (await docker('top', container, '-o', 'pid,etimes,args'))
          .split('\n')
          .some((line) => /^\s*\d+ +[2-9]\d* +node /.test(line)),
      { everyMs: 250, seen: () => docker('top', container) },
    );
    const began = performance.now();
    await docker('stop', '--timeout', '30', container);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await stateOf(container)).ExitCode).toBe(143); // by SIGTERM: it did not do its work
  });
}
