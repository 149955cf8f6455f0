import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPace } from '../src/store/pace.ts';

const after = (taken: number, ...worked: number[]) => {
  const pace = createPace();
  for (const ms of worked) pace.worked(ms);
  return pace.delay(taken);
};

describe('the pace of the read model', () => {
  it('hardly rests after a few messages', () => {
    assert.equal(after(0), 0);
    assert.equal(after(3, 4), 16);
  });
  it('lets more come together while much comes', () => assert.equal(after(20, 4), 100));
  it('works a fifth of the time', () => assert.equal(after(500, 100, 50), 600));
  it('rests no longer than Kafka bears, and than a reader would', () =>
    assert.equal(after(9_000, 900), 1_200));
  it('forgets what it has rested from', () => {
    const pace = createPace();
    pace.worked(50);
    assert.equal(pace.delay(1), 200);
    assert.equal(pace.delay(1), 0);
  });
});
