import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { isAlive, startTimeOf } from '../stack/processes.ts';
import { endWithAll } from './whole-tree.ts';

const STAYS = 'setInterval(() => {}, 1_000)';
const STARTS = `
  const started = require('node:child_process').spawn(process.execPath, ['--eval', ${JSON.stringify(STAYS)}],
    { detached: true, stdio: 'ignore' });
  console.log(started.pid);
  ${STAYS}`;

it('what a test has started ends with it, also what is in a group of its own', async () => {
  const child = spawn(process.execPath, ['--eval', STARTS], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(said);
  const started = { pid, startedAt: startTimeOf(pid) };
  assert.ok(isAlive(started));
  await endWithAll(child);
  assert.deepEqual([child.signalCode, isAlive(started)], ['SIGTERM', false]);
  await endWithAll(child);
});

it('who does not heed SIGTERM ends too', async () => {
  const deaf = `process.on('SIGTERM', () => {}); console.log('here'); ${STAYS}`;
  const child = spawn(process.execPath, ['--eval', deaf], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await endWithAll(child, 100);
  assert.equal(child.signalCode, 'SIGKILL');
});
