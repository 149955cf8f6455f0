import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { tellingOfTheWait } from './waiting.ts';

it('a wait is told every few seconds, until it ends', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.after(() => mock.timers.reset());
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = tellingOfTheWait(
    'restart payment',
    (text) => told.push(text),
    () => promise,
  );
  mock.timers.tick(4_999);
  assert.equal(told.length, 0);
  mock.timers.tick(5_001);
  assert.equal(told.length, 2);
  assert.match(told[0] ?? '', /^restart payment: not done yet, \d+ s$/);
  resolve('done');
  assert.equal(await waiting, 'done');
  mock.timers.tick(20_000);
  assert.equal(told.length, 2);
});
