/** What a fetch brings is taken apart as kafkajs does, but within bounds. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { seededRandom } from '@sagakit/testing/seeded-random';
import { MAX_HEADERS, MAX_RECORDS_OF_BATCH } from '../src/bounds.ts';
import { type EncodableRecord, encodeRecord } from '../src/kafkajs/encode-record.ts';
import { CompressionTypes } from '../src/kafkajs/kafkajs.ts';
import { type FetchedRecord, readHeaders } from '../src/kafkajs/record-batch.ts';

type Encoder = {
  buffer: Buffer;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeInt64(value: number): Encoder;
  writeString(value: string): Encoder;
  writeBuffer(value: Buffer): Encoder;
  writeEncoder(value: Encoder): Encoder;
};
type Decoded = {
  responses: { topicName: string; partitions: { partition: number; messages: FetchedRecord[] }[] }[];
};

const require = createRequire(import.meta.url);
const EncoderOf = require('kafkajs/src/protocol/encoder.js') as new () => Encoder;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch(options: object): Promise<Encoder>;
};
const RESPONSE = 'kafkajs/src/protocol/requests/fetch/v11/response.js';
const ours = require(RESPONSE) as { decode(raw: Buffer): Promise<Decoded> };

type Made = {
  records: EncodableRecord[];
  firstOffset?: number;
  lastOffsetDelta?: number;
  compression?: number;
};

const batchOf = async ({
  records,
  firstOffset = 0,
  lastOffsetDelta,
  compression = CompressionTypes.None,
}: Made): Promise<Buffer> =>
  (
    await RecordBatch({
      compression,
      firstOffset,
      lastOffsetDelta: lastOffsetDelta ?? records.length - 1,
      records: records.map((record, offsetDelta) => encodeRecord({ offsetDelta, ...record })),
    })
  ).buffer;

/** A response of one topic; each of `sets` is what one partition holds. */
function responseOf(sets: Buffer[]): Buffer {
  const response = new EncoderOf()
    .writeInt32(0)
    .writeInt16(0)
    .writeInt32(0)
    .writeInt32(1)
    .writeString('topic')
    .writeInt32(sets.length);
  sets.forEach((set, partition) => {
    response.writeInt32(partition).writeInt16(0).writeInt64(1_000_000).writeInt64(1_000_000).writeInt64(0);
    response.writeInt32(0).writeInt32(-1).writeInt32(set.length).writeBuffer(set);
  });
  return response.buffer;
}

async function decode(...sets: Buffer[]): Promise<FetchedRecord[][]> {
  const { responses } = await ours.decode(responseOf(sets));
  return (responses[0]?.partitions ?? []).map(({ messages }) => messages);
}

/** Of one partition. */
const read = async (...batches: Buffer[]): Promise<FetchedRecord[]> =>
  (await decode(Buffer.concat(batches)))[0] ?? [];

const MIB = 1024 * 1024;
const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes;
const offsets = (records: FetchedRecord[]) => records.map(({ offset }) => Number(offset));
const refusals = (records: FetchedRecord[]) => records.map(({ refused }) => refused?.reason);
const few = (count: number, value: string | Buffer = 'v') =>
  Array.from({ length: count }, () => ({ key: 'k', value }));

describe('a fetch', () => {
  it('is what kafkajs makes of it: texts, absent ones, headers, several batches', async () => {
    const path = require.resolve(RESPONSE);
    const replaced = require.cache[path];
    delete require.cache[path];
    const theirs = require(RESPONSE) as { decode(raw: Buffer): Promise<Decoded> };
    require.cache[path] = replaced;
    assert.notEqual(theirs, ours);
    const random = seededRandom(7);
    const below = (most: number) => Math.floor(random() * most);
    const text = () => (below(5) === 0 ? null : 'aé😀\u0000'.repeat(below(below(9) === 0 ? 9_000 : 60)));
    const batches: Buffer[] = [];
    for (let firstOffset = 3_000_000_000; batches.length < 60;) {
      const records = Array.from({ length: 1 + below(40) }, () => ({
        timestampDelta: below(3) * 40_000,
        key: text(),
        value: text(),
        headers: Object.fromEntries(
          Array.from({ length: below(5) }, (_, at) => [`h${at}`, [text() ?? '', text() ?? '']]),
        ),
      }));
      batches.push(await batchOf({ records, firstOffset }));
      firstOffset += records.length;
    }
    const raw = responseOf([
      Buffer.concat(batches.slice(0, 30)),
      Buffer.concat(batches.slice(30)),
      Buffer.alloc(0),
    ]);
    const plain = ({ responses }: Decoded, headersOf: (record: FetchedRecord) => string[]) =>
      responses.flatMap(({ partitions }) =>
        partitions.flatMap(({ partition, messages }) =>
          messages.map((record) => {
            const { offset, timestamp, key, value, isControlRecord, batchContext } = record;
            const { producerId, inTransaction } = batchContext;
            const headers = headersOf(record);
            return {
              partition,
              offset,
              timestamp,
              key,
              value,
              isControlRecord,
              producerId,
              inTransaction,
              headers,
            };
          }),
        ),
      );
    const actual = plain(await ours.decode(raw), ({ headers }) =>
      readHeaders(headers).map(([name, content]) => `${String(name)} ${String(content)}`),
    );
    const expected = plain(await theirs.decode(raw), ({ headers }) =>
      Object.entries(headers as unknown as Record<string, Buffer[]>).flatMap(([name, contents]) =>
        contents.map((content) => `${name} ${String(content)}`),
      ),
    );
    assert.ok(actual.length > 500);
    assert.deepEqual(actual, expected);
  });

  it('has headers as a list, in order, repetitions, nulls and what is no text included', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const headers = ['a', '1', '__proto__', 'a', bytes].map((name, at): [Buffer, Buffer | null] => [
      Buffer.from(name as string),
      at === 1 ? null : at === 2 ? Buffer.alloc(0) : bytes,
    ]);
    const [record, none] = await read(await batchOf({ records: [{ headers }, {}] }));
    assert.deepEqual(record && readHeaders(record.headers), headers);
    assert.deepEqual(none && readHeaders(none.headers), []);
  });

  it("has the time of each record, or of the batch if it is the broker's", async () => {
    const records = [0, -5, 64, 2_000_000_000].map((timestampDelta) => ({ timestampDelta }));
    const batch = await batchOf({ records });
    batch.writeBigInt64BE(1_767_225_600_000n, 27);
    batch.writeBigInt64BE(1_767_225_601_000n, 35);
    const times = async () =>
      (await read(batch)).map(({ timestamp }) => Number(timestamp) - 1_767_225_600_000);
    assert.deepEqual(await times(), [0, -5, 64, 2_000_000_000]);
    batch.writeInt16BE(0x08, 21);
    assert.deepEqual(await times(), [1_000, 1_000, 1_000, 1_000]);
  });

  it('ends where a batch is not there as a whole', async () => {
    const first = await batchOf({ records: few(2) });
    const second = await batchOf({ records: few(2), firstOffset: 2 });
    for (const cut of [1, 11, 12, 16, 17, 60, second.length - 1]) {
      assert.deepEqual(offsets(await read(first, second.subarray(0, cut))), [0, 1], `${cut} bytes`);
    }
    assert.deepEqual(offsets(await read(first, second)), [0, 1, 2, 3]);
  });

  it('comes past what compaction took out, also at the end of a batch and of all of it', async () => {
    const records = await read(
      await batchOf({ records: few(1), lastOffsetDelta: 4 }),
      await batchOf({ records: [], firstOffset: 5, lastOffsetDelta: 4 }),
      await batchOf({ records: few(1), firstOffset: 10 }),
    );
    assert.deepEqual(offsets(records), [0, 4, 9, 10]);
    assert.deepEqual(
      records.map(({ isControlRecord }) => isControlRecord),
      [false, true, true, false],
    );
  });
});

describe('a compressed batch', () => {
  for (const [name, compression] of Object.entries({ GZIP, Snappy, LZ4, ZSTD })) {
    it(`is read, however many pieces it comes in: ${name}`, async () => {
      const sizes = [0, 1, 127, 70_000, 300_000, MIB - 1_000, 5, 900_000, 0];
      const records = sizes.map((size, at) => ({
        key: `k${at}`,
        value: Buffer.alloc(size, `${at} and more `),
      }));
      const found = await read(await batchOf({ records, compression }));
      assert.deepEqual(offsets(found), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
      found.forEach(({ key, value, refused }, at) => {
        assert.equal(String(key), `k${at}`);
        assert.ok(value?.equals(records[at]?.value as Buffer), `the value of ${at}`);
        assert.equal(refused, undefined);
      });
    });

    it(`with a record that is too large gives its beginning, and its neighbours: ${name}`, async () => {
      const records = [
        { key: 'a', value: 'before' },
        { key: 'large', value: Buffer.alloc(15 * MIB, 'x') },
        { key: 'b', value: 'behind' },
      ];
      const found = await read(await batchOf({ records, compression }));
      assert.deepEqual(
        found.map(({ offset, key, refused }) => [offset, String(key), refused?.reason]),
        [
          ['0', 'a', undefined],
          ['1', 'large', 'too-large'],
          ['2', 'b', undefined],
        ],
      );
      assert.match(found[1]?.refused?.error ?? '', /a record of 15728\d\d\d bytes/);
      assert.equal(found[1]?.value?.length, found[1]?.value?.toString().match(/^x+$/)?.[0].length);
      assert.ok(
        (found[1]?.value?.length ?? 0) > 1_000 && (found[1]?.value?.buffer.byteLength ?? Infinity) < 100_000,
      );
    });

    it(`that is broken is one record, and what is behind it is read: ${name}`, async () => {
      const broken = await batchOf({
        records: few(3, Buffer.from('no two are alike: 0123456789'.repeat(20))),
        compression,
      });
      broken.fill(0xff, 61 + 12, broken.length);
      const found = await read(
        await batchOf({ records: few(1) }),
        broken,
        await batchOf({ records: few(1), firstOffset: 3 }),
      );
      assert.deepEqual(refusals(found).at(-2), 'unreadable-batch');
      assert.deepEqual(offsets(found).slice(-2), [2, 3]);
      assert.ok(found.at(-2)?.value?.equals(broken.subarray(0, 4096)));
    });
  }

  it('of more zeros than are passed over ends there: what is behind them in it is one record', async () => {
    for (const compression of [GZIP, ZSTD]) {
      const records = [{ key: 'zeros', value: Buffer.alloc(65 * MIB) }, ...few(3)];
      const found = await read(
        await batchOf({ records, compression }),
        await batchOf({ records: few(1), firstOffset: 4 }),
      );
      assert.deepEqual(refusals(found), ['too-large', 'too-large', undefined]);
      assert.deepEqual(offsets(found), [0, 3, 4]);
      assert.equal(String(found[0]?.key), 'zeros');
    }
  });

  it('of many records that could each be read is read as far as memory allows, and the rest is one', async () => {
    const found = await read(
      await batchOf({ records: few(40, Buffer.alloc(MIB - 1_000)), compression: ZSTD }),
    );
    assert.equal(found.length, 5);
    assert.deepEqual(refusals(found).slice(-2), [undefined, 'too-large']);
    assert.equal(found.at(-1)?.offset, '39');
    assert.match(found.at(-1)?.refused?.error ?? '', /^offsets 4 to 39 were not read/);
  });
});

describe('many parts', () => {
  it('records: those that are too many are one', async () => {
    const found = await read(
      await batchOf({ records: Array.from({ length: MAX_RECORDS_OF_BATCH + 100 }, () => ({})) }),
    );
    assert.equal(found.length, MAX_RECORDS_OF_BATCH + 1);
    assert.equal(found.at(-1)?.offset, String(MAX_RECORDS_OF_BATCH + 99));
    assert.equal(found.at(-1)?.refused?.reason, 'too-large');
  });

  it('records that are said and not there, or there and not said', async () => {
    for (const [said, reason] of [
      [2 ** 31 - 1, 'unreadable-batch'],
      [4, 'unreadable-batch'],
    ] as const) {
      const batch = await batchOf({ records: few(3) });
      batch.writeInt32BE(said, 57);
      assert.equal((await read(batch)).at(-1)?.refused?.reason, reason);
    }
  });

  it('headers: the first are kept, and it takes no time', async () => {
    for (const names of [1, 60_000]) {
      const headers: Record<string, string[]> = {};
      for (let at = 0; at < 60_000; at++) (headers[`h${at % names}`] ??= []).push('v');
      const batch = await batchOf({ records: [{ key: 'k', value: 'v', headers }] });
      const began = process.cpuUsage();
      const [record] = await read(batch);
      assert.ok(process.cpuUsage(began).user < 1_000_000, 'a second');
      assert.equal(record?.refused?.reason, 'too-large');
      assert.match(record.refused.error, /60000 headers/);
      assert.equal(readHeaders(record.headers).length, MAX_HEADERS);
    }
  });

  it('compressed batches: not more in one fetch than it may cost, and other partitions have their turn', async () => {
    const costly = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        batchOf({ records: few(1, Buffer.alloc(900_000)), firstOffset: at, compression: ZSTD }),
      ),
    );
    const plain = Buffer.concat(
      await Promise.all(Array.from({ length: 40 }, (_, at) => batchOf({ records: few(1), firstOffset: at }))),
    );
    const small = await batchOf({ records: few(5), compression: GZIP });
    const [bombs = [], honest = [], compressed = []] = await decode(Buffer.concat(costly), plain, small);
    assert.ok(bombs.length > 5 && bombs.length < 25, `${bombs.length} of 40`);
    assert.deepEqual(
      offsets(bombs),
      Array.from(bombs, (_, at) => at),
    );
    assert.equal(honest.length, 40);
    assert.equal(compressed.length, 5);
  });

  it('partitions: the one that begins changes, so that none is held up for ever', async () => {
    const full = await batchOf({ records: few(30, Buffer.alloc(MIB - 1_000)), compression: ZSTD });
    const seen = new Set<number>();
    for (let fetch = 0; fetch < 3; fetch++) {
      (await decode(full, full, full)).forEach(
        (records, partition) => records.length > 0 && seen.add(partition),
      );
    }
    assert.equal(seen.size, 3);
  });
});
