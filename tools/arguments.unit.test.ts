/** What is typed and means nothing is refused, in a line, before anything is done. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';

const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-arguments-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const ORDER = '0198c0de-0000-7000-8000-000000000001';

describe('a command', () => {
  const cases: [typed: string, said: RegExp][] = [
    ['stack down order', /^down: "order" is one argument too many. See --help\n$/],
    ['stack up up', /^up: "up" is one argument too many/],
    ['stack kill order payment', /^kill: "payment" is one argument too many/],
    ['stack status --json', /^Unknown option '--json'\. It takes --replicas, .*--help\n$/],
    [
      `sagas retry ${ORDER} ${ORDER}`,
      /^retry: "0198c0de-0000-7000-8000-000000000001" is one argument too many/,
    ],
    ['console rebuild now', /^rebuild: "now" is one argument too many/],
    ['console compare --force', /^--force: means nothing for compare/],
    ['console mend', /^mend: is not a verb of this command/],
    ['console status', /^console: no stack runs here\. Start one: npm run stack -- up\n$/],
    [
      'stack restart order --from /nowhere',
      /^\/nowhere: is no checkout of this system: it has no service order, /,
    ],
    ['upgrade /nowhere', /^\/nowhere: is no checkout of this system: it has no service order, /],
    ['upgrade --rate 0 .', /^--rate: must be a number above 0, not 0\n$/],
    ['sagas list running', /^list: "running" is one argument too many/],
  ];
  for (const [typed, said] of cases) {
    it(`refuses: ${typed}`, () => {
      const [tool = '', ...args] = typed.split(' ');
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [path.join(import.meta.dirname, tool, 'main.ts'), ...args],
        {
          encoding: 'utf8',
          env: { ...process.env, STACK_DIR: dir },
          timeout: 60_000,
        },
      );
      assert.match(stderr, said);
      assert.deepEqual([status, stdout], [1, '']);
      assert.deepEqual(readdirSync(dir), []);
    });
  }
});
