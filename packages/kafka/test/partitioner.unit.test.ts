import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@sagakit/testing/seeded-random';
import { Partitioners } from 'kafkajs';
import { createPartitioner, murmur2, partitionOf } from '../src/kafkajs/partitioner.ts';

const metadata = (partitions: number) =>
  Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));

describe('the partition of a key', () => {
  // The vectors of Kafka's own UtilsTest.
  for (const [text, hash] of [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ] as const) {
    it(`hashes ${text} as the Java client does`, () => assert.equal(murmur2(Buffer.from(text)), hash));
  }

  it('is the one that kafkajs chooses, for keys of every length and any bytes', () => {
    const [ours, theirs] = [createPartitioner(), Partitioners.DefaultPartitioner()];
    const random = seededRandom(7);
    for (let round = 0; round < 2_000; round++) {
      const key = Buffer.from(
        Array.from({ length: Math.floor(random() * 50) }, () => Math.floor(random() * 256)),
      );
      const args = {
        topic: 't',
        partitionMetadata: metadata(1 + (round % 12)),
        message: { key, value: null },
      };
      assert.equal(ours(args), theirs(args), key.toString('hex'));
    }
  });

  it('of a text is that of its bytes', () => {
    for (const key of ['k', 'é', 'booking-😀'])
      assert.equal(partitionOf(key, 97), partitionOf(Buffer.from(key), 97), key);
  });

  it('is any where there is no key, one after the other; an empty key is one', () => {
    const partitioner = createPartitioner();
    const given = (key: Buffer | null | undefined) =>
      partitioner({
        topic: 't',
        partitionMetadata: metadata(3),
        message: { ...(key === undefined ? {} : { key }), value: null },
      });
    for (const key of [null, undefined])
      assert.deepEqual([given(key), given(key), given(key)].sort(), [0, 1, 2]);
    assert.equal(new Set([1, 2, 3, 4].map(() => given(Buffer.alloc(0)))).size, 1);
  });
});
