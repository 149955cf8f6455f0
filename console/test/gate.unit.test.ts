import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawRecord } from '@sagakit/kafka/record';
import { createGate } from '../src/store/gate.ts';
import { meetingPoint } from '../src/store/side-by-side.ts';
import { recordOf } from './records.ts';

const at = (partition: number, ...offsets: number[]): RawRecord[] =>
  offsets.map((offset) =>
    recordOf({ type: 'NewerWriter', data: {}, topic: 'order.events', partition, offset }),
  );

const gate = () => {
  const written: string[] = [];
  const write = async (records: readonly RawRecord[]) =>
    void written.push(...records.map(({ partition, offset }) => `${partition}/${offset}`));
  const signal = new AbortController().signal;
  const own = createGate(write);
  return { ...own, written, batch: (records: RawRecord[]) => own.take(records, signal) };
};

describe('two generations that are held', () => {
  it('meet at the higher offset of each place, and go on in order', async () => {
    const [a, b] = [gate(), gate()];
    await a.batch(at(0, 0, 1, 2));
    await b.batch([...at(0, 0), ...at(1, 0, 1)]);
    const target = meetingPoint(await a.hold(), await b.hold());
    assert.deepEqual(
      [...target],
      [
        ['order.events/0', 3n],
        ['order.events/1', 2n],
      ],
    );
    // What comes while they are held is not lost, whatever place it is of.
    await a.batch([...at(0, 3), ...at(1, 0)]);
    const both = Promise.all([a.advance(target), b.advance(target)]);
    await b.batch(at(0, 1, 2, 3));
    await a.batch(at(1, 1, 2));
    await both;
    assert.deepEqual(
      [a.written, b.written].map((all) => all.toSorted()),
      [
        ['0/0', '0/1', '0/2', '1/0', '1/1'],
        ['0/0', '0/1', '0/2', '1/0', '1/1'],
      ],
    );
    await a.release();
    await a.batch(at(0, 4));
    assert.deepEqual(a.written.slice(5), ['0/3', '1/2', '0/4']);
  });

  it('let nothing pass while they are held', async () => {
    const a = gate();
    await a.hold();
    await a.batch(at(0, 0));
    assert.deepEqual(a.written, []);
    await a.release();
    assert.deepEqual(a.written, ['0/0']);
  });
});
