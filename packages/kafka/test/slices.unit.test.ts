import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FetchedRecord } from '../src/kafkajs/record-batch.ts';
import { type FetchedBatch, takeTurns } from '../src/kafkajs/slices.ts';

function batchOf(
  partition: number,
  count: number,
  bytes = 1,
  change: Partial<FetchedRecord> = {},
): FetchedBatch {
  const messages = Array.from({ length: count }, (_, at): FetchedRecord => {
    const batchContext = { producerId: '-1', inTransaction: false };
    const headers = { count: 0, bytes: Buffer.alloc(0) };
    return {
      offset: String(at),
      timestamp: '0',
      key: null,
      value: Buffer.alloc(bytes),
      headers,
      isControlRecord: false,
      batchContext,
      ...change,
    };
  });
  // A marker lies behind the last record.
  return { topic: 't', partition, messages, lastOffset: () => String(count) };
}

function slicesOf(batches: FetchedBatch[]) {
  const turn = takeTurns(batches);
  const slices = [];
  for (let slice = turn.next(); slice; slice = turn.next()) slices.push(slice);
  return slices;
}

const lengths = (...batches: FetchedBatch[]) => slicesOf(batches).map(({ length }) => length);

describe('what a fetch brought is handed on in slices', () => {
  it('of 500 records at most, each record once, in order within its partition', () => {
    const slices = slicesOf([batchOf(0, 1_203), batchOf(1, 7), batchOf(2, 400)]);
    assert.ok(slices.every(({ length }) => length <= 500));
    assert.equal(slices.length, Math.ceil((1_203 + 7 + 400) / 500));
    for (const [partition, count] of [
      [0, 1_203],
      [1, 7],
      [2, 400],
    ]) {
      const offsets = slices
        .flat()
        .filter((record) => record.partition === partition)
        .map(({ offset }) => Number(offset));
      assert.deepEqual(
        offsets,
        Array.from({ length: count as number }, (_, at) => at),
      );
    }
  });

  it('of which the first has something of every partition, whatever lies in the others', () => {
    const [first = []] = slicesOf([batchOf(0, 10_000), batchOf(1, 10_000), batchOf(2, 3)]);
    assert.equal(first.filter(({ partition }) => partition === 2).length, 3);
    assert.equal(first.length, 500);
  });

  it('of a megabyte or so; a record that is larger is in one all the same', () => {
    for (const slice of slicesOf([batchOf(0, 40, 300_000), batchOf(1, 40, 300_000)])) {
      assert.ok(slice.length >= 1 && slice.length <= 6, `${slice.length} records of 300,000 bytes`);
    }
    assert.equal(slicesOf([batchOf(0, 3, 5_000_000)]).length, 3);
  });

  it('which is full at a megabyte, not beyond', () => {
    assert.deepEqual(lengths(batchOf(0, 4, 512 * 1024)), [2, 2]);
    assert.deepEqual(lengths(batchOf(0, 4, 512 * 1024 - 1)), [3, 1]);
  });

  it('in which headers count, by their bytes and by what each costs to take apart', () => {
    const bytes = Buffer.alloc(512 * 1024);
    assert.deepEqual(lengths(batchOf(0, 4, 0, { headers: { count: 1, bytes } })), [2, 2]);
    assert.deepEqual(
      lengths(batchOf(0, 4, 0, { headers: { count: 8_192, bytes: Buffer.alloc(0) } })),
      [2, 2],
    );
  });

  it('of which a partition that is at its end takes no share', () => {
    assert.deepEqual(lengths(batchOf(0, 6, 400_000), batchOf(1, 0)), [3, 3]);
    const [first = []] = slicesOf([batchOf(0, 1_000), batchOf(1, 1_000), batchOf(2, 3)]);
    assert.deepEqual(
      [0, 1, 2].map((own) => first.filter(({ partition }) => partition === own).length),
      [249, 248, 3],
    );
  });

  it('as they were received; one that was refused with its reason', () => {
    const own = { key: Buffer.from('k'), timestamp: '17', offset: '4' };
    const [record] = takeTurns([batchOf(2, 1, 3, own)]).next() ?? [];
    assert.deepEqual(record, { ...own, topic: 't', partition: 2, value: Buffer.alloc(3), headers: [] });
    const refused = { reason: 'too-large', error: 'as large as that' } as const;
    assert.deepEqual(takeTurns([batchOf(2, 1, 3, { refused })]).next()?.[0]?.refused, refused);
  });

  it('and says how far they reach', () => {
    const [large, small, none] = [batchOf(0, 2_000), batchOf(1, 3), batchOf(2, 2)];
    const turn = takeTurns([large, small]);
    assert.equal(turn.reached(large), undefined);
    turn.next();
    assert.equal(turn.reached(large), '496');
    assert.equal(turn.reached(small), '3', 'past the marker');
    assert.equal(takeTurns([none]).reached(none), undefined);
  });
});
