/** A command that stays until it is interrupted: it does, with nothing else that would keep it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from './stack/state.ts';

const COMMAND = `
  import { interruption, runTool } from ${JSON.stringify(pathToFileURL(path.join(ROOT, 'tools/run-tool.ts')).href)};
  runTool(async () => {
    console.log('stays');
    await interruption();
    console.log('ends');
  });`;

describe('a command that stays until it is interrupted', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`stays, and ends in its own way on ${signal}`, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', COMMAND], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'close'); // by then all that it said is here
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await once(child.stdout, 'data');
      // With nothing to wait for Node ends at once.
      const stays = delay(500, 'stays');
      assert.equal(await Promise.race([stays, exited.then(() => 'has ended')]), 'stays');
      child.kill(signal);
      assert.deepEqual(await exited, [0, null]);
      assert.equal(said, 'stays\nends\n');
    });
});
