import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { backoffMs, retry } from '../src/retry.ts';

const backoff = { initialMs: 1, maxMs: 2 };
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Fails so often, each time with another error, then succeeds. */
function failing(times: number) {
  const state = { calls: 0 };
  const work = async () => {
    state.calls++;
    if (state.calls <= times) throw new Error(`failure ${state.calls}`);
    return `success ${state.calls}`;
  };
  return { state, work };
}

describe('trying again', () => {
  it('goes on until it succeeds, and tells of each failure with the wait that follows', async () => {
    const { work, state } = failing(3);
    const told: [string, number, number][] = [];
    const onRetry = (error: unknown, attempt: number, waitMs: number) =>
      void told.push([(error as Error).message, attempt, waitMs]);
    assert.equal(await retry(work, { retryable: () => true, backoff, onRetry }), 'success 4');
    assert.equal(state.calls, 4);
    assert.deepEqual(
      told.map(([message, attempt]) => [message, attempt]),
      [
        ['failure 1', 1],
        ['failure 2', 2],
        ['failure 3', 3],
      ],
    );
    for (const [, , waitMs] of told) assert.ok(waitMs >= 1 && waitMs <= 2);
  });
  it('ends after so many attempts, with the last error', async () => {
    const { work, state } = failing(9);
    await assert.rejects(retry(work, { retryable: () => true, backoff, attempts: 3 }), /^Error: failure 3$/);
    assert.equal(state.calls, 3);
  });
  it('ends with an error that trying again cannot mend', async () => {
    const { work, state } = failing(9);
    const retryable = (error: unknown) => (error as Error).message !== 'failure 2';
    await assert.rejects(retry(work, { retryable, backoff }), /^Error: failure 2$/);
    assert.equal(state.calls, 2);
  });
  it('does not begin anew once the signal is aborted', async () => {
    const { work, state } = failing(9);
    await assert.rejects(
      retry(work, { retryable: () => true, backoff, signal: AbortSignal.abort() }),
      /^Error: failure 1$/,
    );
    assert.equal(state.calls, 1);
  });
  it('gives up at once when it is aborted while it waits, with what failed last, and lets its signal go', async () => {
    const { work, state } = failing(9);
    const stopping = new AbortController();
    let ended: unknown;
    const trying = retry(work, {
      retryable: () => true,
      backoff: { initialMs: 5_000, maxMs: 5_000 },
      signal: stopping.signal,
    }).catch((error: unknown) => void (ended = error));
    await turn();
    assert.equal(ended, undefined);
    assert.equal(getEventListeners(stopping.signal, 'abort').length, 1);
    stopping.abort();
    await turn();
    assert.match(String(ended), /^Error: failure 1$/);
    assert.equal(state.calls, 1);
    assert.equal(getEventListeners(stopping.signal, 'abort').length, 0);
    await trying;
  });
  it('waits between two attempts', async () => {
    const { work, state } = failing(1);
    const began = performance.now();
    await retry(work, { retryable: () => true, backoff: { initialMs: 60, maxMs: 60 } });
    assert.equal(state.calls, 2);
    // Half of the step at least; a timer may ring a millisecond early.
    assert.ok(performance.now() - began >= 29);
  });
});

describe('the wait', () => {
  it('is between half and the whole of the step, which doubles up to its bound', () => {
    const step = { initialMs: 100, maxMs: 100_000 };
    assert.deepEqual(
      [1, 2, 3].map((attempt) => [
        backoffMs(step, attempt, () => 0),
        backoffMs(step, attempt, () => 0.5),
        backoffMs(step, attempt, () => 1),
      ]),
      [
        [50, 75, 100],
        [100, 150, 200],
        [200, 300, 400],
      ],
    );
  });
  it('is whole milliseconds, and no attempt is too many', () => {
    assert.equal(
      backoffMs({ initialMs: 1, maxMs: 5 }, 1, () => 0.3),
      1,
    );
    assert.equal(
      backoffMs({ initialMs: 1, maxMs: Number.MAX_VALUE }, 5_000, () => 1),
      2 ** 30,
    );
    assert.equal(
      backoffMs({ initialMs: 1, maxMs: Number.MAX_VALUE }, 31, () => 1),
      2 ** 30,
    );
    assert.equal(
      backoffMs({ initialMs: 1, maxMs: Number.MAX_VALUE }, 30, () => 1),
      2 ** 29,
    );
  });
});
