import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWakeUp } from '../src/wake-up.ts';

const LONG_MS = 60_000;

describe('a wait', () => {
  it('ends when it is woken', async () => {
    const wakeUp = createWakeUp();
    const waited = wakeUp.wait(LONG_MS);
    wakeUp.wake();
    await waited;
  });

  it('does not begin after a wake-up that was not forgotten', async () => {
    const wakeUp = createWakeUp();
    wakeUp.wake();
    await wakeUp.wait(LONG_MS);
  });

  it('ends after its time, though an earlier wake-up was forgotten', async () => {
    const wakeUp = createWakeUp();
    wakeUp.wake();
    wakeUp.forget();
    const began = performance.now();
    await wakeUp.wait(20);
    assert.ok(performance.now() - began >= 15);
  });

  it('can be woken again after it was woken', async () => {
    const wakeUp = createWakeUp();
    for (let times = 0; times < 3; times++) {
      wakeUp.forget();
      const waited = wakeUp.wait(LONG_MS);
      wakeUp.wake();
      await waited;
    }
  });
});
