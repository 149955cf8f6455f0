import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBreaker } from '../src/breaker.ts';

function breaker() {
  const clock = { now: 0 };
  const own = createBreaker({
    threshold: 3,
    backoff: { initialMs: 1_000, maxMs: 8_000 },
    now: () => clock.now,
    random: () => 1,
  });
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) own.failed();
  };
  return { own, clock, fail };
}

describe('a circuit breaker', () => {
  it('lets everything through until so many calls in a row have failed', () => {
    const { own, fail } = breaker();
    fail(2);
    own.succeeded();
    fail(2);
    assert.equal(own.enter(), true);
    assert.equal(own.open(), false);
  });

  it('then lets nothing through, and after a while one try', () => {
    const { own, clock, fail } = breaker();
    fail(3);
    assert.equal(own.enter(), false);
    assert.equal(own.waitMs(), 1_000);
    clock.now = 1_000;
    assert.equal(own.enter(), true);
    assert.equal(own.enter(), false, 'one try at a time');
    own.succeeded();
    assert.equal(own.enter(), true);
    assert.equal(own.waitMs(), 0);
  });

  it('waits twice as long after each try that fails, up to a bound', () => {
    const { own, clock, fail } = breaker();
    fail(3);
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      waits.push(own.waitMs());
      clock.now += own.waitMs();
      assert.equal(own.enter(), true);
      own.failed();
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it('does not wait longer for calls that were under way when it opened', () => {
    const { own, fail } = breaker();
    fail(30);
    assert.equal(own.waitMs(), 1_000);
  });
});
