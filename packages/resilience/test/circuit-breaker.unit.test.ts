import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCircuitBreaker } from '../src/circuit-breaker.ts';

function breaker() {
  const clock = { now: 0 };
  const own = createCircuitBreaker({
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
    assert.deepEqual([own.enter(), own.enter(), own.enter()], [true, true, true]);
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

  it('tells nobody to wait while it is closed, and those beside the one try to look again soon', () => {
    const { own, clock, fail } = breaker();
    clock.now = 5;
    assert.equal(own.waitMs(), 0);
    fail(3);
    clock.now = 1_005;
    assert.equal(own.waitMs(), 0);
    assert.equal(own.enter(), true);
    clock.now = 9_000;
    assert.equal(own.waitMs(), 1_000, 'the try is under way');
  });

  it('takes a try that was not made for none: the next may', () => {
    const { own, clock, fail } = breaker();
    fail(3);
    clock.now = 1_000;
    assert.equal(own.enter(), true);
    own.withdrawn();
    assert.equal(own.enter(), true);
    assert.equal(own.enter(), false);
  });

  it('begins with the first pause again after it was closed', () => {
    const { own, clock, fail } = breaker();
    fail(3);
    clock.now = 1_000;
    own.enter();
    own.failed();
    clock.now = 3_000;
    own.enter();
    own.succeeded();
    fail(2);
    assert.equal(own.open(), false);
    fail(1);
    assert.equal(own.open(), true);
    assert.equal(own.waitMs(), 1_000);
  });

  it('counts no pause of a time when it was closed', () => {
    const { own, clock, fail } = breaker();
    fail(2);
    clock.now = 60_000;
    fail(1);
    assert.equal(own.waitMs(), 1_000);
    assert.equal(own.enter(), false);
  });
});
