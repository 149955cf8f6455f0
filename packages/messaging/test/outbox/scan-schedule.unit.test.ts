import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createScanSchedule, SCAN_LIMIT, type ScanSchedule } from '../../src/outbox/scan-schedule.ts';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const many = (count: number) => Array.from({ length: count }, (_, id) => String(id));

/** A scan that found these. */
function scan(schedule: ScanSchedule, ...ids: string[]): void {
  schedule.scan(0).onRows(rows(...ids));
}

/** The ids that the next scan deletes. */
const deletions = (schedule: ScanSchedule) => schedule.scan(0).statement.values[0];

describe('rows that a scan has found', () => {
  it('are given again until they are sent, so many at once, by number and not by text', () => {
    const schedule = createScanSchedule();
    scan(schedule, '100', '21', '3', '20');
    assert.deepEqual(schedule.nextIds(3), ['3', '20', '21']);
    assert.deepEqual(schedule.nextIds(9), ['3', '20', '21', '100']);
    schedule.sent(['3', '21']);
    assert.deepEqual(schedule.nextIds(9), ['20', '100']);
  });

  it('are not sent again while their deletion is not committed yet', () => {
    const schedule = createScanSchedule();
    scan(schedule, '1');
    schedule.sent(['1']);
    const slow = schedule.scan(0); // takes the deletion along, and has not committed
    scan(schedule, '1', '2');
    assert.deepEqual(schedule.nextIds(9), ['2']);
    slow.onRows(rows('2'));
    assert.deepEqual(schedule.nextIds(9), ['2']);
  });
});

describe('rows that were sent', () => {
  it('are deleted by the next scan, once', () => {
    const schedule = createScanSchedule();
    scan(schedule, '1', '2');
    schedule.sent(['1', '2']);
    assert.equal(schedule.hasDeletions(), true);
    const first = schedule.scan(0);
    assert.deepEqual(first.statement.values[0], ['1', '2']);
    assert.equal(schedule.hasDeletions(), false);
    first.onRows(rows('3'));
    assert.deepEqual(deletions(schedule), []);
  });

  it('are deleted once, though several scans have seen them go', () => {
    const schedule = createScanSchedule();
    scan(schedule, '1');
    schedule.sent(['1']);
    const slow = schedule.scan(0);
    scan(schedule, '1');
    scan(schedule, '1');
    slow.onRows(rows());
    assert.deepEqual(deletions(schedule), []);
  });

  it('are not found again by a scan that began before they were deleted and is heard of afterwards', () => {
    const schedule = createScanSchedule();
    const slow = schedule.scan(0); // sees the row, and its transaction waits
    scan(schedule, '1');
    schedule.sent(['1']);
    scan(schedule); // deletes it
    const other = schedule.scan(0); // began after that
    slow.onRows(rows('1', '2'));
    assert.deepEqual(schedule.nextIds(9), ['2']);
    assert.equal(schedule.hasDeletions(), false);
    // Nobody is under way that could have seen it: a row of that number is another's, and is sent.
    other.onRows(rows('1', '2'));
    assert.deepEqual(schedule.nextIds(9), ['1', '2']);
  });

  it('are deleted by the next scan too, while nobody has heard of the one that took them along', () => {
    const schedule = createScanSchedule();
    scan(schedule, '1');
    schedule.sent(['1']);
    schedule.scan(0);
    scan(schedule, '1');
    assert.deepEqual(deletions(schedule), ['1']);
  });

  it('are deleted once, though a scan that began before gives them still', () => {
    const schedule = createScanSchedule();
    scan(schedule, '1');
    const before = schedule.scan(0);
    schedule.sent(['1']);
    before.onRows(rows('1'));
    assert.deepEqual(schedule.nextIds(9), []);
    assert.deepEqual(deletions(schedule), ['1']);
  });

  it('are left to the next scan by one that failed, which is due at once', () => {
    const schedule = createScanSchedule();
    scan(schedule, '1');
    schedule.sent(['1']);
    schedule.scan(0).onError();
    assert.equal(schedule.nextScanInMs(0), 0);
    assert.deepEqual(deletions(schedule), ['1']);
  });

  it('and are there again were deleted by none: they are to be sent', () => {
    const schedule = createScanSchedule();
    scan(schedule, '1');
    schedule.sent(['1']);
    scan(schedule, '1');
    schedule.scan(0).onRows(rows('1'));
    assert.equal(schedule.hasDeletions(), false);
    scan(schedule, '1');
    assert.deepEqual(schedule.nextIds(9), ['1']);
  });
});

describe("the relay's next scan", () => {
  it('is due at the start, after a full one, 100 ms after something was sent, and every two seconds', () => {
    const schedule = createScanSchedule();
    assert.equal(schedule.nextScanInMs(0), 0);
    scan(schedule, ...many(SCAN_LIMIT));
    assert.equal(schedule.nextScanInMs(0), 0);
    scan(schedule);
    assert.equal(schedule.nextScanInMs(0), 2_000);
    schedule.sent(['1']);
    assert.equal(schedule.nextScanInMs(0), 100);
    scan(schedule);
    assert.equal(schedule.nextScanInMs(500), 1_500);
  });

  it('is due at once when somebody asked for it, but waits for one under way, 50 ms at most: its transaction may hang', () => {
    const schedule = createScanSchedule();
    const underWay = schedule.scan(1_000);
    schedule.request();
    assert.equal(schedule.nextScanInMs(1_000), 50);
    assert.equal(schedule.nextScanInMs(1_040), 10);
    assert.equal(schedule.nextScanInMs(2_000), 0);
    underWay.onRows(rows());
    assert.equal(schedule.nextScanInMs(1_000), 0);
  });

  it('is not held by one that came back after a later one had begun', () => {
    const schedule = createScanSchedule();
    const slow = schedule.scan(1_000);
    const later = schedule.scan(1_050);
    slow.onRows(rows());
    assert.equal(schedule.nextScanInMs(1_050), 50, 'the later one is under way still');
    later.onRows(rows());
    assert.equal(schedule.nextScanInMs(1_050), 2_000);
  });
});

describe('a scan travels with a COMMIT', () => {
  it('one at a time', () => {
    const schedule = createScanSchedule();
    assert.equal(schedule.mayPiggyback(), true);
    const underWay = schedule.scan(0);
    assert.equal(schedule.mayPiggyback(), false);
    underWay.onRows(rows());
    assert.equal(schedule.mayPiggyback(), true);
  });

  it('while 300 rows or fewer wait to be sent', () => {
    const schedule = createScanSchedule();
    scan(schedule, ...many(300));
    assert.equal(schedule.mayPiggyback(), true);
    scan(schedule, '300');
    assert.equal(schedule.mayPiggyback(), false);
  });
});
