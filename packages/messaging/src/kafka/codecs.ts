/**
 * Reads records that others compressed (our own are not: they are small and batched already). kafkajs knows gzip only, unpacks it without
 * a bound, and stops for good at anything else. Snappy and LZ4 are read by JavaScript, not by native code: hostile bytes must not end
 * the process. What cannot be unpacked becomes records that say so, and is parked like every record that cannot be read.
 */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import lz4 from 'lz4js';
import { compress as compressSnappy, uncompress as uncompressSnappy } from 'snappyjs';
import { encodeRecord } from './encode-record.ts';
import { CompressionCodecs, CompressionTypes } from './kafkajs.ts';

/** A batch is at most 1 MiB as sent; what unpacks to more than this is an attack or a mistake. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** What Java clients put around snappy: a magic, two versions, then blocks with their length before them. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export function unpackSnappy(packed: Buffer): Buffer {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return Buffer.from(uncompressSnappy(packed, MAX_UNPACKED_BYTES));
  }
  const blocks: Uint8Array[] = [];
  let room = MAX_UNPACKED_BYTES;
  for (let at = XERIAL_HEADER_BYTES; at < packed.length;) {
    const length = packed.readInt32BE(at);
    const block = uncompressSnappy(packed.subarray(at + 4, at + 4 + length), room);
    blocks.push(block);
    room -= block.length;
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

export function unpackLz4(packed: Buffer): Buffer {
  const bound = lz4.decompressBound(packed);
  if (bound > MAX_UNPACKED_BYTES) throw new RangeError(`it may unpack to ${bound} bytes`);
  const unpacked = Buffer.alloc(bound);
  return unpacked.subarray(0, lz4.decompressFrame(packed, unpacked));
}

const bounded = { maxOutputLength: MAX_UNPACKED_BYTES };

type Codec = { compress(encoder: { buffer: Buffer }): Promise<Buffer>; decompress(packed: Buffer): Promise<Buffer> };

function codec(name: string, pack: (plain: Buffer) => Uint8Array, unpack: (packed: Buffer) => Buffer): () => Codec {
  const own: Codec = {
    compress: async ({ buffer }) => Buffer.from(pack(buffer)),
    async decompress(packed) {
      try {
        return unpack(packed);
      } catch (error) {
        return recordsInstead(packed, `a batch of ${packed.length} bytes that cannot be unpacked (${name}): ${String(error)}`);
      }
    },
  };
  return () => own;
}

let installed = false;

/** Once per process: kafkajs keeps its codecs in one table. */
export function installCodecs(): void {
  if (installed) return;
  installed = true;
  CompressionCodecs[CompressionTypes.GZIP] = codec('gzip', gzipSync, (packed) => gunzipSync(packed, bounded));
  CompressionCodecs[CompressionTypes.Snappy] = codec('snappy', compressSnappy, unpackSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = codec('lz4', (plain) => lz4.compress(plain), unpackLz4);
  CompressionCodecs[CompressionTypes.ZSTD] = codec('zstd', zstdCompressSync, (packed) => zstdDecompressSync(packed, bounded));
}

const MOST_RECORDS = 100_000;

/**
 * As many records as the batch has, each with `words` for its value and no key, in Kafka's format (record batch v2). Their count stands right
 * before the compressed bytes; kafkajs gives a view into the response, so it can be read there.
 */
function recordsInstead(packed: Buffer, words: string): Buffer {
  const count = Buffer.from(packed.buffer, packed.byteOffset - 4, 4).readInt32BE();
  if (count > MOST_RECORDS) throw new RangeError(`${count} records in ${words}`);
  return Buffer.concat(Array.from({ length: count }, (_, offsetDelta) => encodeRecord({ offsetDelta, value: words }).buffer));
}
