import type { RecordHeaders } from './headers.ts';
import type { OutgoingRecord } from './port.ts';

/**
 * The broker refuses a batch of one partition above 1 MiB (message.max.bytes), whatever its records' sizes.
 */
const MAX_CHUNK_BYTES = 700 * 1024;

/**
 * A string's character takes three bytes at most; counting them all would cost more than the few batches that
 * it cuts without need.
 */
const BYTES_PER_CHARACTER = 3;
const atMost = (text: string | Buffer | null): number =>
  typeof text === 'string' ? text.length * BYTES_PER_CHARACTER : (text?.length ?? 0);

function bytesOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = 70 + atMost(key) + atMost(value);
  const list = Array.isArray(headers)
    ? (headers as RecordHeaders)
    : Object.entries(headers as Record<string, string>);
  for (const [name, content] of list) bytes += name.length + atMost(content) + 4;
  return bytes;
}

/**
 * Cuts what is to be sent into pieces that the broker takes in one batch, in the same order. One that is too
 * large stands alone.
 */
export function inChunks<T>(
  items: readonly T[],
  recordOf: (item: T) => OutgoingRecord,
  maxBytes = MAX_CHUNK_BYTES,
): T[][] {
  const chunks: T[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(recordOf(item));
    const last = chunks.at(-1);
    if (last && bytes <= room) {
      last.push(item);
      room -= bytes;
    } else {
      chunks.push([item]);
      room = maxBytes - bytes;
    }
  }
  return chunks;
}
