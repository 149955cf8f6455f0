/**
 * LZ4's frames and blocks (lz4_Frame_format.md, lz4_Block_format.md), block by block, as Kafka's clients
 * write them: blocks that stand alone.
 */
import lz4 from 'lz4js';

const MAGIC = 0x184d2204;
const INDEPENDENT = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
const UNCOMPRESSED = 0x8000_0000;

/** Each block of the frame, unpacked: at most 4 MiB. Throws a RangeError at what is no such frame. */
export function* unpackLz4(frame: Buffer): Generator<Buffer> {
  if (frame.readUInt32LE(0) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = frame.readUInt8(4);
  if (!(flags & INDEPENDENT) || flags & DICTIONARY) throw new RangeError('LZ4 blocks that need others');
  const sizeCode = (frame.readUInt8(5) >> 4) & 0x7;
  if (sizeCode < 4) throw new RangeError('no LZ4 block size');
  const blockBytes = 2 ** (8 + 2 * sizeCode);
  let at = 7 + (flags & CONTENT_SIZE ? 8 : 0);
  for (;;) {
    const header = frame.readUInt32LE(at);
    if (header === 0) return;
    const length = header % UNCOMPRESSED;
    const block = frame.subarray(at + 4, at + 4 + length);
    if (block.length < length) throw new RangeError('an LZ4 block that is cut off');
    yield header >= UNCOMPRESSED ? block : unpackBlock(block, blockBytes);
    at += 4 + length + (flags & BLOCK_CHECKSUM ? 4 : 0);
  }
}

/** Every step is checked against both ends: the lengths inside are the attacker's. */
function unpackBlock(packed: Buffer, maxBytes: number): Buffer {
  const plain = Buffer.allocUnsafe(Math.min(maxBytes, packed.length * 255));
  let from = 0;
  let to = 0;
  const lengthOf = (short: number): number => {
    let length = short;
    for (let more = short === 15 ? 255 : 0; more === 255; length += more) more = packed.readUInt8(from++);
    return length;
  };
  while (from < packed.length) {
    const token = packed.readUInt8(from++);
    const literals = lengthOf(token >> 4);
    if (from + literals > packed.length || to + literals > plain.length)
      throw new RangeError('an LZ4 block that does not fit');
    packed.copy(plain, to, from, from + literals);
    from += literals;
    to += literals;
    if (from >= packed.length) break;
    const distance = packed.readUInt16LE(from);
    from += 2;
    const end = to + lengthOf(token & 15) + 4;
    if (distance === 0 || distance > to || end > plain.length)
      throw new RangeError('an LZ4 match that does not fit');
    // A match may overlap itself: each copy doubles what can be copied next.
    for (const start = to - distance; to < end;) {
      const copied = Math.min(end - to, to - start);
      plain.copyWithin(to, start, start + copied);
      to += copied;
    }
  }
  return plain.subarray(0, to);
}

const BLOCK_BYTES = 4 * 1024 * 1024;
/** Magic; blocks that stand alone; of 4 MiB; the checksum of these. */
const FRAME_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
const END = Buffer.alloc(4);

/**
 * lz4js makes blocks that need those before them, which no broker takes: so each is made in a frame of its
 * own, and taken out of it.
 */
export function packLz4(plain: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < plain.length; at += BLOCK_BYTES) {
    const frame = Buffer.from(lz4.compress(plain.subarray(at, at + BLOCK_BYTES)));
    blocks.push(frame.subarray(FRAME_HEADER.length, -END.length));
  }
  return Buffer.concat([FRAME_HEADER, ...blocks, END]);
}
