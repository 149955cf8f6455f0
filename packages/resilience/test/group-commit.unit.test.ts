import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupCommit, OverloadError } from '../src/group-commit.ts';

type Run = { items: number[]; answer(answers: (number | Error)[]): void; fail(error: Error): void };

/** A group whose runs are answered by hand. */
function group(
  options: {
    maxItems?: number;
    maxWaiting?: number;
    maxWaitMs?: number;
    batchDelay?: (taken: number) => number;
  } = {},
) {
  const runs: Run[] = [];
  const own = groupCommit<number, number>({
    maxItems: 100,
    maxWaiting: 100,
    ...options,
    run: (items) =>
      new Promise((resolve, reject) => {
        runs.push({ items, answer: resolve, fail: reject });
      }),
  });
  return { ...own, runs };
}
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('one run', () => {
  it('takes as many as it may, in order; the others go with the next', async () => {
    const { submit, runs } = group({ maxItems: 2 });
    const all = [1, 2, 3, 4, 5].map((item) => submit(item));
    for (let run = 0; run < 3; run++) {
      await turn();
      const { items, answer } = runs[run] as Run;
      answer(items.map((item) => item * 10));
    }
    assert.deepEqual(await Promise.all(all), [10, 20, 30, 40, 50]);
    assert.deepEqual(
      runs.map(({ items }) => items),
      [[1, 2], [3, 4], [5]],
    );
  });
  it('is one at a time', async () => {
    const { submit, runs } = group();
    const first = submit(1);
    await turn();
    const second = submit(2);
    await turn();
    assert.equal(runs.length, 1);
    runs[0]?.answer([1]);
    await turn();
    assert.equal(runs.length, 2);
    runs[1]?.answer([2]);
    assert.deepEqual(await Promise.all([first, second]), [1, 2]);
  });
  it('that fails rejects all of its own, and the next goes on', async () => {
    const { submit, runs } = group({ maxItems: 2 });
    const all = Promise.allSettled([1, 2, 3].map((item) => submit(item)));
    await turn();
    runs[0]?.fail(new Error('the database is away'));
    await turn();
    runs[1]?.answer([3]);
    assert.deepEqual(
      (await all).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
      ['the database is away', 'the database is away', 3],
    );
  });
  it('answers each by its place, an error to that one alone', async () => {
    const { submit, runs } = group();
    const all = Promise.allSettled([1, 2, 3].map((item) => submit(item)));
    await turn();
    runs[0]?.answer([10, new Error('two'), 30]);
    assert.deepEqual(
      (await all).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
      [10, 'two', 30],
    );
  });
});

describe('what waits', () => {
  it('is bounded: what the run under way has taken does not count', async () => {
    const { submit, runs } = group({ maxWaiting: 2 });
    const taken = submit(1);
    await turn();
    const waiting = [submit(2), submit(3)];
    await assert.rejects(submit(4), (error: Error) => {
      assert.ok(error instanceof OverloadError);
      assert.deepEqual([error.name, error.message], ['OverloadError', '2 requests are waiting already']);
      return true;
    });
    runs[0]?.answer([1]);
    await turn();
    const again = submit(4);
    runs[1]?.answer([2, 3]);
    await turn();
    runs[2]?.answer([4]);
    assert.deepEqual(await Promise.all([taken, ...waiting, again]), [1, 2, 3, 4]);
  });
  it('waits as long as it is told after so many, once before the first', async () => {
    const asked: number[] = [];
    const { submit, runs, idle } = group({ batchDelay: (taken) => (asked.push(taken), 0) });
    const all = [submit(1), submit(2)];
    await turn();
    runs[0]?.answer([1, 2]);
    await Promise.all(all);
    await idle();
    assert.deepEqual(asked, [0, 2]);
  });
});

describe('idle', () => {
  it('is when nothing waits or runs, also what came meanwhile', async () => {
    const { submit, runs, idle } = group();
    await idle();
    void submit(1);
    let ended = false;
    const rest = idle().then(() => void (ended = true));
    await turn();
    void submit(2);
    runs[0]?.answer([1]);
    await turn();
    assert.equal(ended, false);
    runs[1]?.answer([2]);
    await rest;
    assert.equal(runs.length, 2);
  });
  it('is no end: what comes later runs', async () => {
    const { submit, runs, idle } = group();
    const first = submit(1);
    await turn();
    runs[0]?.answer([1]);
    await first;
    await idle();
    const second = submit(2);
    await turn();
    runs[1]?.answer([2]);
    assert.equal(await second, 2);
  });
});

describe('a group', () => {
  it('with a batch delay lets what comes meanwhile join, also the first time', async () => {
    const runs: number[][] = [];
    const group = groupCommit<number, number>({
      maxItems: 10,
      maxWaiting: 100,
      batchDelay: (taken) => (taken === 0 ? 50 : 0),
      async run(items) {
        runs.push(items);
        return items;
      },
    });
    const first = group.submit(1);
    await turn();
    assert.deepEqual(runs, []);
    const second = group.submit(2);
    assert.deepEqual(await Promise.all([first, second]), [1, 2]);
    assert.deepEqual(runs, [[1, 2]]);
  });
  it('that rests after a run lets what comes meanwhile join the next', async () => {
    const { submit, runs } = group({ batchDelay: (taken) => (taken === 0 ? 0 : 50) });
    const first = submit(1);
    await turn();
    runs[0]?.answer([1]);
    await first;
    const second = submit(2);
    await turn();
    assert.equal(runs.length, 1, 'it rests');
    const third = submit(3);
    while (runs.length === 1) await turn();
    runs[1]?.answer([2, 3]);
    assert.deepEqual(await Promise.all([second, third]), [2, 3]);
    assert.equal(runs.length, 2);
  });
  it('does not run what has waited too long, and tells its caller', async () => {
    const { submit, runs } = group({ maxWaitMs: 200 });
    const first = submit(1);
    await turn();
    const late = submit(2).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const inTime = submit(3);
    runs[0]?.answer([1]);
    assert.match(String(await late), /^OverloadError: waited for over 200 ms$/);
    await turn();
    runs[1]?.answer([3]);
    assert.deepEqual([await first, await inTime], [1, 3]);
    assert.deepEqual(
      runs.map(({ items }) => items),
      [[1], [3]],
    );
  });
  it('runs nothing where all have waited too long', async () => {
    const { submit, runs, idle } = group({ maxWaitMs: 200 });
    const first = submit(1);
    await turn();
    const late = assert.rejects(submit(2), OverloadError);
    await new Promise((resolve) => setTimeout(resolve, 250));
    runs[0]?.answer([1]);
    await Promise.all([first, late, idle()]);
    assert.equal(runs.length, 1);
  });
});
