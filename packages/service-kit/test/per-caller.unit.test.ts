/** How often one caller may do a thing, and what costs a turn. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NoConnectionError } from '@sagakit/postgres/database-errors';
import { OverloadError } from '@sagakit/resilience/group-commit';
import { limitPerCaller, nextTurn } from '../src/http/per-caller.ts';
import { Problem, tryLater } from '../src/http/problem.ts';

describe('turns of a caller', () => {
  it('are as many at once as in a minute, and come back one by one', () => {
    const rate = { everyMs: 1_000, burst: 3 };
    let forgottenAt: number | undefined;
    const take = (now: number) => {
      const turn = nextTurn(forgottenAt, now, rate);
      if ('waitMs' in turn) return turn.waitMs;
      forgottenAt = turn.forgottenAt;
      return 'taken';
    };
    assert.deepEqual([0, 0, 0, 0, 400].map(take), ['taken', 'taken', 'taken', 1_000, 600]);
    assert.deepEqual([1_000, 1_000].map(take), ['taken', 1_000]);
    assert.deepEqual([100_000, 100_000, 100_000, 100_000].map(take), ['taken', 'taken', 'taken', 1_000]);
  });
  const done = async () => 'done';
  const fails = (error: Error) => () => Promise.reject(error);
  const isTooMany = (retryAfter: string) => (error: unknown) => {
    assert.ok(error instanceof Problem);
    assert.deepEqual([error.status, error.headers['retry-after']], [429, retryAfter]);
    return true;
  };
  it('are each caller’s own; more is a 429 that says when', async () => {
    let now = 0;
    const limit = limitPerCaller('bookings', 2, () => now);
    for (const caller of ['ada', 'ada', 'bob']) await limit.turn(caller, done);
    await assert.rejects(limit.turn('ada', done), isTooMany('30'));
    now = 30_000;
    await limit.turn('ada', done);
  });
  it('are remembered of the last 10,000 callers', async () => {
    const limit = limitPerCaller('bookings', 1, () => 0);
    await limit.turn('ada', done);
    for (let n = 0; n < 10_000; n++) await limit.turn(`caller ${n}`, done);
    await limit.turn('ada', done);
    await assert.rejects(limit.turn('caller 9999', done), isTooMany('60'));
  });
  it('are not used up by what could not be done for now', async () => {
    const limit = limitPerCaller('bookings', 2, () => 0);
    for (const error of [
      new OverloadError('2000 requests are waiting already'),
      new NoConnectionError('connect ECONNREFUSED', { cause: { code: 'ECONNREFUSED' } }),
      tryLater('Stopping.'),
    ])
      for (let n = 0; n < 3; n++) await assert.rejects(limit.turn('ada', fails(error)), error);
    for (let n = 0; n < 2; n++) await limit.turn('ada', done);
    await assert.rejects(limit.turn('ada', done), isTooMany('30'), 'and no more than they were');
  });
  it('are used up by what was refused for good, and by a fault of ours', async () => {
    const limit = limitPerCaller('bookings', 2, () => 0);
    for (const error of [new Problem(422, 'no'), new TypeError('x')])
      await assert.rejects(limit.turn('ada', fails(error)), error);
    await assert.rejects(limit.turn('ada', done), isTooMany('30'));
  });
  it('that have come back by themselves do not come back again', async () => {
    let now = 0;
    const limit = limitPerCaller('bookings', 2, () => now);
    const late = Promise.withResolvers<never>();
    const first = limit.turn('ada', () => late.promise);
    now = 60_000;
    for (let n = 0; n < 2; n++) await limit.turn('ada', done);
    late.reject(tryLater('It took long.'));
    await assert.rejects(first, { status: 503 });
    await assert.rejects(limit.turn('ada', done), isTooMany('30'));
  });
});
