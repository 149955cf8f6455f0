import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withTimeout } from '../src/timeout.ts';

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const never = new Promise<never>(() => {});

describe('work that is waited for so long', () => {
  it('gives what it comes to, or throws what it throws, and no timer is left', async () => {
    const before = timers();
    assert.equal(await withTimeout(Promise.resolve('done'), 60_000), 'done');
    await assert.rejects(withTimeout(Promise.reject(new Error('broken')), 60_000), /broken/);
    assert.equal(timers(), before);
  });

  it('is not waited for any longer; what then comes is said by who waited', async () => {
    assert.equal(await withTimeout(never, 1), undefined);
    assert.equal(await withTimeout(never, 1, () => 'late'), 'late');
    const gaveUp = withTimeout(never, 1, () => {
      throw new Error('no answer');
    });
    await assert.rejects(gaveUp, /no answer/);
  });

  it('may fail when nobody waits for it any more', async () => {
    const { promise: work, reject } = Promise.withResolvers<never>();
    await withTimeout(work, 1);
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', hear);
    reject(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    assert.deepEqual(unheard, []);
  });
});
