import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idleLooks, type Sighting } from '../../src/maintenance/watchdog.ts';

/** The count of idle looks after each sighting. */
function counts(sightings: Sighting[]): number[] {
  let idle = 0;
  let last: Sighting | undefined;
  return sightings.map((now) => {
    idle = idleLooks(idle, last, now);
    last = now;
    return idle;
  });
}
const waits = (done: number) => ({ waiting: 5, done });

describe('the watchdog counts looks', () => {
  it('that find work waiting and nothing done since', () => {
    assert.deepEqual(counts([waits(1), waits(1), waits(1), waits(1)]), [0, 1, 2, 3]);
  });
  it('and begins anew when something was done, however little', () => {
    assert.deepEqual(counts([waits(1), waits(1), waits(2), waits(2)]), [0, 1, 0, 1]);
  });
  it('and when nothing waits', () => {
    assert.deepEqual(counts([waits(1), waits(1), { waiting: 0, done: 1 }, waits(1), waits(1)]), [0, 1, 0, 0, 1]);
  });
  it('and while broker or database are away: that is no illness of the process', () => {
    assert.deepEqual(counts([waits(1), waits(1), 'away', waits(1), waits(1)]), [0, 1, 0, 0, 1]);
  });
});
