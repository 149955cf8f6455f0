/**
 * Reads batches that others compressed (our own are not: they are small and batched already), piece by piece,
 * so that whoever reads can stop: a kilobyte may stand for gigabytes. Snappy and LZ4 are read by JavaScript,
 * not by native code: hostile bytes must not end the process.
 */
import {
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { compress as compressSnappy, uncompress as uncompressSnappy } from 'snappyjs';
import { MAX_UNPACKED_BYTES_OF_BATCH } from '../bounds.ts';
import { packLz4, unpackLz4 } from './lz4.ts';

type Pieces = AsyncIterable<Buffer> | Iterable<Buffer>;

/** What Java clients put around snappy: a magic, two versions, then blocks with their length before them. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

function* unpackSnappy(packed: Buffer): Generator<Buffer> {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    yield snappyBlock(packed);
    return;
  }
  for (let at = XERIAL_HEADER_BYTES; at < packed.length;) {
    const end = at + 4 + packed.readUInt32BE(at);
    yield snappyBlock(packed.subarray(at + 4, end));
    at = end;
  }
}

function snappyBlock(block: Buffer): Buffer {
  const { buffer, byteOffset, byteLength } = uncompressSnappy(block, MAX_UNPACKED_BYTES_OF_BATCH);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Most batches are small: they need no stream, and no trip through the thread pool. */
const AT_ONCE = { maxOutputLength: 1024 * 1024 };
const PIECE = { chunkSize: 256 * 1024 };

function zlib(
  atOnce: (packed: Buffer, options: typeof AT_ONCE) => Buffer,
  stream: (options: typeof PIECE) => NodeJS.ReadWriteStream,
) {
  const small = (packed: Buffer): Buffer | undefined => {
    try {
      return atOnce(packed, AT_ONCE);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
      throw error;
    }
  };
  return async function* (packed: Buffer): AsyncGenerator<Buffer> {
    const whole = small(packed);
    if (whole) yield whole;
    else yield* stream(PIECE).end(packed) as unknown as AsyncIterable<Buffer>;
  };
}

export type Codec = { name: string; pack(plain: Buffer): Uint8Array; unpack(packed: Buffer): Pieces };

/**
 * By Kafka's number: the lowest three bits of a batch's attributes. Unpacking throws, at any piece, at what
 * is not in the format.
 */
export const CODECS: Readonly<Record<number, Codec>> = {
  1: { name: 'gzip', pack: (plain) => gzipSync(plain), unpack: zlib(gunzipSync, createGunzip) },
  2: { name: 'snappy', pack: compressSnappy, unpack: unpackSnappy },
  3: { name: 'lz4', pack: packLz4, unpack: unpackLz4 },
  4: {
    name: 'zstd',
    pack: (plain) => zstdCompressSync(plain),
    unpack: zlib(zstdDecompressSync, createZstdDecompress),
  },
};
