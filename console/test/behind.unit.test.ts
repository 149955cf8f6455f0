/** What the console says of how far it is, whatever it knows of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endOf, readingOf, type Standing } from '../src/store/behind.ts';

const MINUTE_MS = 60_000;
const CURRENT: Standing = {
  kafka: 'joined',
  readAgoMs: 900,
  lastKnownAgoMs: 900,
  everCaughtUp: true,
  readNowAgeMs: 1_200,
};

describe('how far behind the read model is', () => {
  it('is what the broker says, while it says so, however old the last record is', () => {
    assert.deepEqual(readingOf({ ...CURRENT, readNowAgeMs: 60 * MINUTE_MS }), {
      state: 'current',
      behindSeconds: 1,
    });
    assert.deepEqual(readingOf({ ...CURRENT, readAgoMs: 12_000 }), {
      state: 'catching-up',
      behindSeconds: 12,
    });
  });

  it('goes on through an outage, of the broker or of a machine that is full', () => {
    const lost = { ...CURRENT, readAgoMs: Infinity, lastKnownAgoMs: 40_000 };
    assert.deepEqual(readingOf(lost), { state: 'catching-up', behindSeconds: 40 });
    assert.deepEqual(readingOf({ ...lost, kafka: 'away' }), { state: 'away', behindSeconds: 40 });
  });

  it('is the age of what is being read, while all is read for the first time', () => {
    const replaying = { ...CURRENT, readAgoMs: Infinity, everCaughtUp: false, lastKnownAgoMs: 3_000 };
    assert.deepEqual(readingOf({ ...replaying, readNowAgeMs: 5 * MINUTE_MS }), {
      state: 'catching-up',
      behindSeconds: 300,
    });
    assert.deepEqual(readingOf({ ...replaying, readNowAgeMs: undefined }), { state: 'catching-up' });
  });
});

describe('the end of a batch', () => {
  const at = (partition: number, timestamp: number) => ({
    ...{ topic: 'order.events', partition },
    timestamp: String(timestamp),
  });

  it('is where its slowest partition ends', () => {
    assert.equal(endOf([at(0, 10), at(0, 30), at(1, 20), at(1, 25)]), 25);
    assert.equal(endOf([]), undefined);
  });
});
