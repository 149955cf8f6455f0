/**
 * What a fetch may cost to take apart, whoever wrote it. A fetch is at most 4 MiB as sent; compressed, two
 * thousand bytes of it can stand for 60 MiB, and one megabyte for half a million headers or a hundred
 * thousand records. So it is bounded what one record, one batch and one fetch become in memory and in time;
 * what is over a bound is parked as `too-large`, and what follows is read.
 */
const MIB = 1024 * 1024;

/**
 * Of a record. The broker takes none that is larger as sent (`max.message.bytes`), so only a compressed one
 * can be.
 */
export const MAX_RECORD_BYTES = MIB;
/** What is kept of a record or a batch that is not read. */
export const EVIDENCE_BYTES = 4 * 1024;
export const MAX_HEADERS = 1_000;

/** Of a batch: records that are read one by one; what is behind them is parked as one. */
export const MAX_RECORDS_OF_BATCH = 10_000;
/** Of a batch: what is read of it (and stays in memory until it is committed). */
export const MAX_READ_BYTES_OF_BATCH = 4 * MIB;
/** Of a batch: what is unpacked of it, read or passed over. */
export const MAX_UNPACKED_BYTES_OF_BATCH = 64 * MIB;

/** What has been spent on one fetch. */
export type Spent = { batches: number; records: number; unpackedBytes: number; beganAt: number };

const MAX_RECORDS_OF_FETCH = 10_000;
const MAX_UNPACKED_BYTES_OF_FETCH = 8 * MIB;
const MAX_MS_OF_FETCH = 500;

export const nothingSpent = (now: number): Spent => ({
  batches: 0,
  records: 0,
  unpackedBytes: 0,
  beganAt: now,
});

/**
 * Whether one more batch of the fetch is taken apart now; else it comes with the next fetch. The first one
 * always is, so that reading goes on; what is not compressed costs little and need not wait for what was.
 */
export function mayBegin(spent: Spent, compressed: boolean, now: number): boolean {
  if (spent.batches === 0) return true;
  if (spent.records >= MAX_RECORDS_OF_FETCH || now - spent.beganAt >= MAX_MS_OF_FETCH) return false;
  return !compressed || spent.unpackedBytes < MAX_UNPACKED_BYTES_OF_FETCH;
}
