/** What one fetch brought, in pieces that one transaction takes. */
import type { RawRecord } from '../record.ts';
import { type FetchedRecord, readHeaders } from './record-batch.ts';

/** `lastOffset`: of its last record, or of what lies behind it and is for nobody. */
export type FetchedBatch = {
  topic: string;
  partition: number;
  messages: readonly FetchedRecord[];
  lastOffset(): string;
};

const MAX_RECORDS = 500;
/**
 * What is opened at a stretch, while nothing else has its turn, and held twice while it is parked. A record
 * may go beyond.
 */
const MAX_BYTES = 1024 * 1024;
/** Of a header, decoded and encoded again. */
const HEADER_BYTES = 64;

const bytesOf = ({ key, value, headers }: FetchedRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + headers.bytes.length + headers.count * HEADER_BYTES;

export type Turn = {
  /** The next slice, in order within each partition; undefined if there is none. */
  next(): RawRecord[] | undefined;
  /**
   * The offset of the batch's last record that was in a slice, or of its end if all were; undefined if none
   * was.
   */
  reached(batch: FetchedBatch): string | undefined;
};

/**
 * Each slice has something of every partition that is not at its end: one that is full of rubbish does not
 * hold the others up.
 */
export function takeTurns(batches: readonly FetchedBatch[]): Turn {
  const taken = new Map(batches.map((batch) => [batch, 0]));
  return {
    next() {
      const slice: RawRecord[] = [];
      let bytes = 0;
      let open = batches.filter((batch) => (taken.get(batch) as number) < batch.messages.length);
      while (open.length > 0 && slice.length < MAX_RECORDS && bytes < MAX_BYTES) {
        const share = Math.ceil((MAX_RECORDS - slice.length) / open.length);
        for (const batch of open) {
          let at = taken.get(batch) as number;
          const end = Math.min(at + share, batch.messages.length, at + MAX_RECORDS - slice.length);
          for (let shared = 0; at < end && shared < MAX_BYTES / open.length; at++) {
            const record = batch.messages[at] as FetchedRecord;
            slice.push(toRecord(batch, record));
            shared += bytesOf(record);
            bytes += bytesOf(record);
          }
          taken.set(batch, at);
        }
        open = open.filter((batch) => (taken.get(batch) as number) < batch.messages.length);
      }
      return slice.length > 0 ? slice : undefined;
    },
    reached(batch) {
      const count = taken.get(batch) ?? 0;
      return count === batch.messages.length ? batch.lastOffset() : batch.messages[count - 1]?.offset;
    },
  };
}

function toRecord(
  { topic, partition }: FetchedBatch,
  { offset, timestamp, key, value, headers, refused }: FetchedRecord,
): RawRecord {
  return {
    topic,
    partition,
    offset,
    key,
    value,
    timestamp,
    /** Decoded when asked for: only who parks the record does. */
    get headers() {
      return readHeaders(headers);
    },
    ...(refused && { refused }),
  };
}
