import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inBackground } from '../src/background.ts';

describe('what runs in the background', () => {
  it('runs when it is started, until it is stopped, and can be started again', async () => {
    const signals: AbortSignal[] = [];
    let ended = 0;
    const own = inBackground(async (signal) => {
      signals.push(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended++;
    });
    await own.stop();
    assert.equal(signals.length, 0);
    own.start();
    assert.deepEqual([signals[0]?.aborted, ended], [false, 0]);
    await own.stop();
    assert.deepEqual([signals[0]?.aborted, ended], [true, 1]);
    own.start();
    assert.equal(signals[1]?.aborted, false);
    await own.stop();
    assert.equal(ended, 2);
  });
});
