import { EVIDENCE_BYTES, MAX_RECORD_BYTES } from '../bounds.ts';

/** Where a varint ends, and what it says; undefined if it goes on behind the end. Throws if it is none. */
export function readVarint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let shift = 0, next = at; next < bytes.length; shift += 7) {
    const byte = bytes[next++] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: (value >>> 1) ^ -(value & 1), end: next };
    if (shift >= 28) throw new RangeError('a length of more than five bytes');
  }
  return undefined;
}

/**
 * Cuts what is unpacked, piece by piece, into records: each has its length before it. `take` gets its bytes
 * (of one that is too large only the first), its whole length, and says whether it wants more; so does
 * `push`.
 */
export function createSplitter(take: (bytes: Buffer, length: number) => boolean): (piece: Buffer) => boolean {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let wantedBytes = 1;
  let toSkip = 0;

  function wait(rest: Buffer, untilBytes: number): true {
    pending = rest.length > 0 ? [rest] : [];
    pendingBytes = rest.length;
    wantedBytes = untilBytes;
    return true;
  }

  return (piece) => {
    pending.push(piece);
    pendingBytes += piece.length;
    // Pieces can be tiny and records long: they are put together once, not with every piece.
    if (pendingBytes < wantedBytes && toSkip === 0) return true;
    const bytes = pending.length === 1 ? piece : Buffer.concat(pending, pendingBytes);
    let at = toSkip;
    toSkip = 0;
    while (at < bytes.length) {
      const length = readVarint(bytes, at);
      if (!length) return wait(bytes.subarray(at), bytes.length - at + 1);
      if (length.value < 0) throw new RangeError('a record of a negative length');
      const kept = length.value > MAX_RECORD_BYTES ? EVIDENCE_BYTES : length.value;
      if (bytes.length - length.end < kept) return wait(bytes.subarray(at), length.end - at + kept);
      if (!take(bytes.subarray(length.end, length.end + kept), length.value)) return false;
      at = length.end + length.value;
    }
    toSkip = at - bytes.length;
    return wait(bytes.subarray(bytes.length), 1);
  };
}
