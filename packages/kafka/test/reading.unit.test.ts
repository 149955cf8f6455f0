/** How far a reader has read, by what the broker answered. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { unread } from '../src/kafkajs/offsets.ts';
import { createReading } from '../src/reading.ts';

const A = { topic: 'a', partition: 0 };

describe('a reading', () => {
  let reading: ReturnType<typeof createReading>;
  const responded = (
    at: number,
    end: number,
    { passed, askedAt, of = A }: { passed?: number; askedAt: number; of?: typeof A },
  ) =>
    reading.responded({
      ...of,
      at: BigInt(at),
      end: BigInt(end),
      passed: passed === undefined ? undefined : BigInt(passed),
      askedAt,
    });
  beforeEach(() => {
    reading = createReading();
    reading.assigned({ a: [0] }, 100);
  });

  it('knows nothing before the first response', () => {
    assert.equal(reading.readAgoMs(200), Infinity);
    assert.equal(reading.behindMs(200), 100);
    assert.equal(reading.position('a', 0), undefined);
  });

  it('is done as of the moment of asking, once it stands where the log ended', () => {
    responded(5, 5, { passed: 5, askedAt: 120 });
    assert.equal(reading.readAgoMs(200), 80);
  });

  it('is done once the records of the response are handled, not when they arrive', () => {
    responded(5, 8, { askedAt: 120 });
    assert.equal(reading.readAgoMs(200), Infinity);
    reading.reached('a', 0, 7n);
    assert.equal(reading.readAgoMs(200), Infinity);
    reading.reached('a', 0, 8n);
    assert.equal(reading.readAgoMs(200), 80);
  });

  it('is done by passing what holds no records', () => {
    responded(5, 7, { passed: 6, askedAt: 120 });
    assert.equal(reading.readAgoMs(200), Infinity);
    responded(6, 7, { passed: 7, askedAt: 130 });
    // As of the first response: nobody knows when what came since was written
    assert.equal(reading.readAgoMs(200), 80);
  });

  it('under a load that never ends is done as of an earlier moment', () => {
    responded(0, 500, { askedAt: 120 });
    reading.reached('a', 0, 300n);
    responded(300, 900, { askedAt: 150 });
    reading.reached('a', 0, 600n);
    assert.equal(reading.readAgoMs(200), 80);
    responded(600, 1_200, { askedAt: 180 });
    reading.reached('a', 0, 900n);
    assert.equal(reading.readAgoMs(200), 80); // 1,200 is not reached
  });

  it('that is answered and gets nothing, though there is something, is not done, and falls behind', () => {
    for (const askedAt of [110, 120, 130]) responded(5, 9, { passed: 5, askedAt });
    assert.equal(reading.readAgoMs(200), Infinity);
    assert.equal(reading.behindMs(200), 100);
  });

  it('waits for the slowest partition', () => {
    reading.assigned({ a: [0], b: [1] }, 100);
    responded(5, 5, { passed: 5, askedAt: 120 });
    assert.equal(reading.readAgoMs(200), Infinity);
    responded(1, 1, { passed: 1, askedAt: 110, of: { topic: 'b', partition: 1 } });
    assert.equal(reading.readAgoMs(200), 90);
  });

  it('of a topic that was made again is done at the new end', () => {
    responded(5, 9, { askedAt: 120 });
    responded(0, 2, { askedAt: 130 });
    reading.reached('a', 0, 2n);
    assert.equal(reading.readAgoMs(200), 70);
  });

  it('after an outage knows nothing, and learns nothing from what was asked before', () => {
    responded(5, 5, { passed: 5, askedAt: 120 });
    reading.resumed(150);
    responded(5, 5, { passed: 5, askedAt: 140 });
    assert.equal(reading.readAgoMs(200), Infinity);
    assert.equal(reading.behindMs(200), 80);
    responded(5, 5, { passed: 5, askedAt: 160 });
    assert.equal(reading.readAgoMs(200), 40);
  });

  it('learns from what is asked at the very moment of the assignment', () => {
    responded(5, 5, { passed: 5, askedAt: 100 });
    assert.equal(reading.readAgoMs(200), 100);
  });

  it('knows its partitions, and where it stands in each', () => {
    reading.assigned({ a: [0, 2], b: [2, 1] }, 100);
    assert.deepEqual(reading.assignment(), { a: [0, 2], b: [2, 1] });
    assert.deepEqual([...reading.partitions()].sort(), [0, 1, 2]);
    responded(5, 9, { askedAt: 120 });
    assert.equal(reading.position('a', 0), 5n);
    reading.reached('a', 0, 8n);
    responded(8, 9, { passed: 9, askedAt: 130 });
    assert.deepEqual([reading.position('a', 0), reading.position('b', 2)], [9n, undefined]);
  });

  it('hears nothing about partitions that are not its own', () => {
    responded(5, 5, { passed: 5, askedAt: 120 });
    responded(5, 9, { askedAt: 130, of: { topic: 'b', partition: 0 } });
    reading.reached('b', 0, 6n);
    assert.equal(reading.readAgoMs(200), 80);
    assert.equal(reading.position('b', 0), undefined);
  });

  it('that joins again and again and reads nothing is not up to date each time', () => {
    reading.assigned({ a: [0] }, 150);
    assert.equal(reading.behindMs(200), 100);
  });

  it('of a replica without partitions is done', () => {
    reading.assigned({}, 150);
    assert.equal(reading.readAgoMs(200), 0);
    assert.equal(reading.behindMs(200), 0);
  });
});

describe('what lies unread', () => {
  const log = { low: 10n, end: 15n };
  for (const [sentence, at, messages] of [
    ['all, to a group that has committed nothing', -1n, 5],
    ['all, to a group that is to begin at the beginning', -2n, 5],
    ['all, to a group that stands before the beginning', 3n, 5],
    ['all, at the beginning', 10n, 5],
    ['some, in the middle', 12n, 3],
    ['nothing, at the end', 15n, 0],
    ['all, to a group that stands behind the end: the topic was made again', 16n, 5],
  ] as const) {
    it(`is ${sentence}`, () => assert.equal(unread(at, log), messages));
  }

  it('is nothing where all was removed', () => {
    for (const at of [-2n, -1n, 0n, 10n, 11n]) assert.equal(unread(at, { low: 10n, end: 10n }), 0);
  });

  it('is nothing if the beginning moved between two looks', () =>
    assert.equal(unread(9n, { low: 11n, end: 10n }), 0));
});
