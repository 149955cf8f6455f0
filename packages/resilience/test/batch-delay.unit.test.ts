import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adaptiveBatchDelay, delayBatch, fixedBatchDelay } from '../src/batch-delay.ts';

describe('a batch delay', () => {
  it('by load: hardly after a few messages, longer after more, bounded', () => {
    assert.deepEqual([0, 1, 5, 12, 500].map(adaptiveBatchDelay), [0, 1, 5, 12, 12]);
  });
  it('that is always as long', () => {
    assert.deepEqual([0, 1, 500].map(fixedBatchDelay(100)), [100, 100, 100]);
  });
  it('ends when it is aborted, not before', async () => {
    const stopping = new AbortController();
    let ended = false;
    const resting = delayBatch(5_000, stopping.signal).then(() => void (ended = true));
    const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await turn();
    assert.equal(ended, false);
    stopping.abort();
    await turn();
    assert.equal(ended, true);
    await resting;
  });
  it('of less than a millisecond is none', async () => {
    let ended = false;
    const resting = delayBatch(0.9).then(() => void (ended = true));
    await Promise.resolve().then(() => Promise.resolve());
    assert.equal(ended, true);
    await resting;
  });
  it('of a millisecond is one', async () => {
    let ended = false;
    const resting = delayBatch(1).then(() => void (ended = true));
    await Promise.resolve().then(() => Promise.resolve());
    assert.equal(ended, false);
    await resting;
  });
});
