/** What we put in the place of parts of kafkajs does the same as they do. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { seededRandom } from '@sagakit/testing/seeded-random';
import { type EncodableRecord, encodeRecord } from '../src/kafkajs/encode-record.ts';
import { groupPerPartition } from '../src/kafkajs/group-per-partition.ts';
import '../src/kafkajs/kafkajs.ts';

const require = createRequire(import.meta.url);
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
const GROUPING = 'kafkajs/src/producer/groupMessagesPerPartition.js';

/** The library's own file, which the replacement hides. */
function original<T>(name: string): T {
  const path = require.resolve(name);
  const ours = require.cache[path];
  delete require.cache[path];
  const theirs = require(path) as T;
  require.cache[path] = ours;
  return theirs;
}

type Text = string | Buffer;
const random = seededRandom(11);
const below = (most: number) => Math.floor(random() * most);
const anyOf = <T>(...from: T[]) => from[below(from.length)] as T;

describe('kafkajs', () => {
  it('takes ours where it encodes a record and groups messages', () => {
    assert.equal(require(RECORD), encodeRecord);
    assert.equal(require(GROUPING), groupPerPartition);
  });

  it('gives a record the same bytes: any texts, absent ones, headers, numbers at the edges of their sizes', () => {
    const theirs = original<typeof encodeRecord>(RECORD);
    assert.notEqual(theirs, encodeRecord);
    const text = () => {
      const length = below(4) === 0 ? below(9_000) : below(130);
      const plain = Array.from({ length }, () => anyOf('a', '{', '"', 'é', '✓', '😀', '\u0000')).join('');
      return below(3) === 0 ? Buffer.from(plain) : plain;
    };
    for (let round = 0; round < 500; round++) {
      const record: EncodableRecord = {
        offsetDelta: anyOf(below(300), below(1_000_000_000)),
        timestampDelta: anyOf(0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576, 2_000_000_000),
        key: anyOf(null, text(), text(), text()),
        value: anyOf(null, text(), text(), text()),
        headers: Object.fromEntries(
          Array.from({ length: below(6) }, (_, at) => [
            `h${at}`,
            anyOf<Text | Text[]>(text(), text(), [text(), text()]),
          ]),
        ),
      };
      assert.ok(
        encodeRecord(record).buffer.equals(theirs(record).buffer),
        JSON.stringify(record).slice(0, 300),
      );
    }
  });

  it('takes headers as a list too, in which a name may come twice and a content be absent', () => {
    const bytes = (headers: EncodableRecord['headers']) =>
      encodeRecord({ key: 'k', value: 'v', ...(headers && { headers }) }).buf;
    const list = [
      ['a', '1'],
      ['b', Buffer.from('2')],
    ] as const;
    assert.deepEqual(bytes(list), bytes({ a: '1', b: '2' }));
    assert.deepEqual(
      bytes([
        ['a', '1'],
        ['a', '2'],
      ]),
      bytes({ a: ['1', '2'] }),
    );
    assert.deepEqual(bytes([]), bytes(undefined));
    assert.deepEqual([...bytes([['a', null]]).subarray(-3)], [2, 'a'.charCodeAt(0), 1], 'a length of -1');
  });

  it('puts messages into the same groups, in the same order', () => {
    const theirs = original<typeof groupPerPartition>(GROUPING);
    const messages = Array.from({ length: 500 }, (_, number) => ({ number, partition: below(5) }));
    const partitioner = ({ message }: { message: { partition: number } }) => message.partition;
    for (const partitionMetadata of [[], [{}, {}]]) {
      const grouping = { topic: 't', partitionMetadata, messages, partitioner };
      assert.deepEqual(groupPerPartition(grouping), theirs(grouping));
    }
  });
});
