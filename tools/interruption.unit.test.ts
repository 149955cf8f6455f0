/**
 * Commands that are interrupted: who stays until then does, with nothing else that would keep it; who does
 * one thing after the other begins nothing more.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from './stack/state.ts';

const RUN_TOOL = JSON.stringify(pathToFileURL(path.join(ROOT, 'tools/run-tool.ts')).href);

const COMMAND = `
  import { interruption, runTool } from ${RUN_TOOL};
  runTool(async () => {
    console.log('stays');
    await interruption();
    console.log('ends');
  });`;

/** A command that says something once it is under way. */
async function underWay(script: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // By then all that it said is here, and nobody holds its output any more.
  const exited = once(child, 'close');
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, 'data');
  return { child, exited, said: () => said };
}

describe('a command that stays until it is interrupted', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`stays, and ends in its own way on ${signal}`, async () => {
      const { child, exited, said } = await underWay(COMMAND);
      // With nothing to wait for Node ends at once.
      const stays = delay(500, 'stays');
      assert.equal(await Promise.race([stays, exited.then(() => 'has ended')]), 'stays');
      child.kill(signal);
      assert.deepEqual(await exited, [0, null]);
      assert.equal(said(), 'stays\nends\n');
    });
});

/** Ends what it has started slowly enough for a loop that goes on meanwhile to be seen. */
const ONE_AFTER_THE_OTHER = `
  import { spawn } from 'node:child_process';
  import { once } from 'node:events';
  import { setTimeout as delay } from 'node:timers/promises';
  import { onInterruption, runTool } from ${RUN_TOOL};
  runTool(async () => {
    for (;;) {
      const child = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 20_000)'], { stdio: 'ignore' });
      const exited = once(child, 'exit');
      const takeBack = onInterruption(async () => {
        child.kill();
        await exited;
        await delay(200);
      });
      console.log('began');
      await exited;
      takeBack();
      console.log('judged');
    }
  });`;

it('a command that does one thing after the other begins no other, and does not judge what it ended', async () => {
  const { child, exited, said } = await underWay(ONE_AFTER_THE_OTHER);
  child.kill('SIGINT');
  assert.deepEqual(await exited, [130, null]);
  assert.equal(said(), 'began\n');
});

/** The second fails to end while the first is still being ended. */
const ONE_BESIDE_THE_OTHER = `
  import { setTimeout as delay } from 'node:timers/promises';
  import { onInterruption, runTool } from ${RUN_TOOL};
  runTool(async () => {
    onInterruption(async () => {
      await delay(200);
      console.log('ended');
    });
    onInterruption(async () => {
      throw new Error('cannot be ended');
    });
    console.log('began');
    await delay(20_000);
  });`;

it('a command ends what it can, whatever of it fails to end', async () => {
  const { child, exited, said } = await underWay(ONE_BESIDE_THE_OTHER);
  child.kill('SIGINT');
  assert.deepEqual(await exited, [130, null]);
  assert.equal(said(), 'began\nended\n');
});
