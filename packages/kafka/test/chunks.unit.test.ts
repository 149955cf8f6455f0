import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChunks } from '../src/chunks.ts';
import type { OutgoingRecord } from '../src/port.ts';

const record = (value: string | Buffer | null, change: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic: 't',
  key: null,
  value,
  headers: {},
  ...change,
});
/** A record that is counted as so many bytes. */
const sized = (bytes: number) => record(Buffer.alloc(bytes - 70));
/** How many items each chunk has. */
const cut = (sizes: number[], maxBytes: number) =>
  inChunks(sizes, sized, maxBytes).map(({ length }) => length);
/** Into one chunk of so many bytes fit two of it, into one byte less one. */
const sizeOf = (one: OutgoingRecord) => {
  let bytes = 1;
  while (inChunks([one, one], (same) => same, bytes * 2).length > 1 && bytes < 100_000) bytes++;
  return bytes;
};

describe('what is sent at once', () => {
  it('is as much as fits, in order, and nothing is left out', () => {
    assert.deepEqual(inChunks([100, 101, 102, 103, 104], sized, 300), [[100, 101], [102, 103], [104]]);
    assert.deepEqual(cut([100, 100, 100], 300), [3]);
    assert.deepEqual(cut([100, 100, 101], 300), [2, 1]);
    assert.deepEqual(cut([], 300), []);
  });
  it('counts each chunk anew', () =>
    assert.deepEqual(cut([200, 200, 100, 100, 200, 100], 300), [1, 2, 2, 1]));
  it('is one alone where that one is too large, and what follows begins anew', () => {
    assert.deepEqual(cut([900, 100, 100], 300), [1, 2]);
    assert.deepEqual(cut([100, 900, 100], 300), [1, 1, 1]);
  });
  it('is at most 700 KiB: the broker refuses more than 1 MiB of one partition', () => {
    const kibibytes = (n: number) => sized(n * 1024);
    assert.equal(inChunks([350, 350], kibibytes).length, 1);
    assert.equal(inChunks([350, 351], kibibytes).length, 2);
  });
});

describe('the size of a record', () => {
  it('is what the format takes, and every byte of key and value', () => {
    assert.equal(sizeOf(record(null)), 70);
    assert.equal(sizeOf(record(Buffer.alloc(10))), 80);
    assert.equal(sizeOf(record(Buffer.alloc(10), { key: Buffer.alloc(5) })), 85);
  });
  it('takes three bytes for a character, which is the most that one needs', () => {
    assert.equal(sizeOf(record('abcd')), 82);
    assert.equal(sizeOf(record('abcd', { key: 'ab' })), 88);
  });
  it('counts the headers, their names too', () => {
    assert.equal(sizeOf(record(null, { headers: { name: 'ab' } })), 70 + 4 + 6 + 4);
    assert.equal(sizeOf(record(null, { headers: { name: 'ab', n: '' } })), 70 + 4 + 6 + 4 + 1 + 4);
  });
});
