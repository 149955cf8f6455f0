/** Takes a record batch (Kafka's format v2, as sent) apart, within bounds. */
import type { RecordHeader } from '../headers.ts';
import type { Refused } from '../record.ts';
import {
  EVIDENCE_BYTES,
  MAX_HEADERS,
  MAX_READ_BYTES_OF_BATCH,
  MAX_RECORD_BYTES,
  MAX_RECORDS_OF_BATCH,
  MAX_UNPACKED_BYTES_OF_BATCH,
  type Spent,
} from '../bounds.ts';
import { type Codec, CODECS } from './codecs.ts';
import { pauseIfDue } from './pause.ts';
import { createSplitter, readVarint } from './split-records.ts';

/** A record as the consumer gets it: what kafkajs needs of its own, and ours. */
export type FetchedRecord = {
  offset: string;
  /** In milliseconds since 1970. */
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  /** Decoded when asked for: see readHeaders. */
  headers: EncodedHeaders;
  /** Markers move readers on, and are handed to nobody. */
  isControlRecord: boolean;
  batchContext: { producerId: string; inTransaction: boolean };
  /** Why it is parked unread. */
  refused?: Refused;
};

export type EncodedHeaders = { count: number; bytes: Buffer };

const NO_TIME = { first: 0, last: 0, appended: true };
const NO_HEADERS: EncodedHeaders = { count: 0, bytes: Buffer.alloc(0) };

/** Offset and length, before what the length counts. */
const FRAME_BYTES = 12;
const MAGIC_AT = 16;
const HEADER_BYTES = 61;
const CODEC_MASK = 0x7;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const APPEND_TIME = 0x08;

export type Batch = {
  bytes: Buffer;
  firstOffset: number;
  lastOffset: number;
  count: number;
  codec: Codec | undefined;
  isControl: boolean;
  context: FetchedRecord['batchContext'];
  /**
   * `appended`: the broker's, for the whole batch; else each record says how much later than `first` it is.
   */
  time: { first: number; last: number; appended: boolean };
  /** 2, unless it is older than Kafka 0.11. */
  magic: number;
};

/**
 * The batch that begins there; undefined if it is not there as a whole: a fetch may end in the middle of one.
 */
export function batchAt(set: Buffer, at: number): Batch | undefined {
  if (set.length - at <= MAGIC_AT) return undefined;
  const length = FRAME_BYTES + set.readInt32BE(at + 8);
  const bytes = set.subarray(at, at + length);
  if (length <= MAGIC_AT || bytes.length < length) return undefined;
  const firstOffset = Number(bytes.readBigInt64BE(0));
  const magic = bytes.readInt8(MAGIC_AT);
  if (magic !== 2 || bytes.length < HEADER_BYTES) {
    const context = { producerId: '-1', inTransaction: false };
    return {
      bytes,
      firstOffset,
      lastOffset: firstOffset,
      count: 1,
      codec: undefined,
      isControl: false,
      context,
      time: NO_TIME,
      magic,
    };
  }
  const attributes = bytes.readInt16BE(21);
  return {
    bytes,
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(23),
    count: bytes.readInt32BE(57),
    codec: CODECS[attributes & CODEC_MASK],
    isControl: (attributes & CONTROL) !== 0,
    context: {
      producerId: bytes.readBigInt64BE(43).toString(),
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
    },
    time: {
      first: Number(bytes.readBigInt64BE(27)),
      last: Number(bytes.readBigInt64BE(35)),
      appended: (attributes & APPEND_TIME) !== 0,
    },
    magic,
  };
}

/**
 * The records of the batch, in order, and what was spent on them. It never throws: what cannot be read is
 * there as a record that says so, and the last one has the batch's last offset, so that whoever reads comes
 * past it.
 */
export async function readBatch(batch: Batch, spent: Spent): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  let refused: Refused | undefined;
  try {
    refused =
      batch.magic === 2
        ? await readInto(records, batch, spent)
        : { reason: 'unreadable-batch', error: 'older than Kafka 0.11' };
  } catch (error) {
    refused = { reason: 'unreadable-batch', error: String(error) };
  }
  spent.batches += 1;
  spent.records += records.length;
  const reached = Number(records.at(-1)?.offset ?? -1);
  if (refused) records.push(restOf(batch, Math.max(batch.firstOffset, reached + 1), refused));
  // Compaction takes records out, also the last ones.
  else if (reached < batch.lastOffset) records.push(marker(batch));
  return records;
}

/** Says why it stopped, if it did before the end. */
async function readInto(records: FetchedRecord[], batch: Batch, spent: Spent): Promise<Refused | undefined> {
  if (batch.count <= 0) return undefined;
  const packed = batch.bytes.subarray(HEADER_BYTES);
  let refused: Refused | undefined;
  let unpackedBytes = 0;
  let readBytes = 0;
  /** Where the record that was taken last ends, in what is unpacked: so far one must go to come behind it. */
  let endsAt = 0;
  const tooLarge = (what: string) => {
    refused = { reason: 'too-large', error: `more than ${what}` };
    return false;
  };
  const push = createSplitter((bytes, length) => {
    if (records.length === MAX_RECORDS_OF_BATCH) return tooLarge(`${MAX_RECORDS_OF_BATCH} records`);
    if (readBytes + bytes.length > MAX_READ_BYTES_OF_BATCH)
      return tooLarge(`${MAX_READ_BYTES_OF_BATCH} bytes to read`);
    readBytes += bytes.length;
    endsAt += length;
    records.push(recordOf(batch, bytes, length));
    if (records.length === batch.count) return false;
    return endsAt <= MAX_UNPACKED_BYTES_OF_BATCH || tooLarge(`${MAX_UNPACKED_BYTES_OF_BATCH} bytes unpacked`);
  });
  if (!batch.codec) push(packed);
  else {
    for await (const piece of batch.codec.unpack(packed)) {
      unpackedBytes += piece.length;
      spent.unpackedBytes += piece.length;
      if (!push(piece)) break;
      await pauseIfDue();
      if (
        unpackedBytes > MAX_UNPACKED_BYTES_OF_BATCH &&
        !tooLarge(`${MAX_UNPACKED_BYTES_OF_BATCH} bytes unpacked`)
      )
        break;
    }
  }
  if (!refused && records.length < batch.count)
    throw new RangeError(`${batch.count} records said, ${records.length} found`);
  return refused;
}

/** @param length of the whole record; `bytes` are only its first if it is too large */
function recordOf(batch: Batch, bytes: Buffer, length: number): FetchedRecord {
  let at = 1;
  const number = (): number => {
    const read = readVarint(bytes, at);
    if (!read) throw new RangeError('a record that ends too soon');
    at = read.end;
    return read.value;
  };
  /** Null: it is null; undefined: it is not there as a whole. */
  const field = (): Buffer | null | undefined => {
    const fieldLength = number();
    if (fieldLength < 0) return null;
    const from = at;
    at += fieldLength;
    return at > bytes.length ? undefined : bytes.subarray(from, at);
  };
  const later = (): number => {
    let value = 0;
    let byte = 0x80;
    for (let scale = 1; byte >= 0x80; scale *= 0x80) {
      byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const deltaMs = later();
  const { first, last, appended } = batch.time;
  const timestamp = String(appended ? last : first + deltaMs);
  const offset = String(batch.firstOffset + number());
  const { isControl: isControlRecord, context: batchContext } = batch;
  const key = field();
  if (length > bytes.length) return cutRecord({ offset, timestamp }, batch, { bytes, at, key, length });
  const value = field();
  if (key === undefined || value === undefined) throw new RangeError('a record that ends too soon');
  const count = number();
  if (count <= 0)
    return { offset, timestamp, key, value, headers: NO_HEADERS, isControlRecord, batchContext };
  const headers = { count: Math.min(count, MAX_HEADERS), bytes: bytes.subarray(at) };
  const record: FetchedRecord = { offset, timestamp, key, value, headers, isControlRecord, batchContext };
  if (count > MAX_HEADERS) {
    record.refused = {
      reason: 'too-large',
      error: `${count} headers; of a record ${MAX_HEADERS} are read, and kept here`,
    };
  }
  return record;
}

type Cut = { bytes: Buffer; at: number; key: Buffer | null | undefined; length: number };

/** Copies: a slice would keep all that was unpacked with it. */
function cutRecord(
  place: { offset: string; timestamp: string },
  { context: batchContext }: Batch,
  { bytes, at, key, length }: Cut,
): FetchedRecord {
  const value = key === undefined ? undefined : readVarint(bytes, at);
  const kept = value ? Buffer.from(bytes.subarray(value.end)) : null;
  const error =
    `a record of ${length} bytes; ${MAX_RECORD_BYTES} are read at most. ` +
    `Here are ${kept ? `the first ${kept.length} bytes of its value, without headers` : 'neither its key nor its value'}`;
  return {
    ...place,
    key: key ? Buffer.from(key) : null,
    value: kept,
    headers: NO_HEADERS,
    isControlRecord: false,
    batchContext,
    refused: { reason: 'too-large', error },
  };
}

/** One record for all that were not read. */
function restOf(
  { bytes, lastOffset, time, codec, context: batchContext }: Batch,
  from: number,
  { reason, error }: Refused,
): FetchedRecord {
  const value = Buffer.from(bytes.subarray(0, EVIDENCE_BYTES));
  return {
    offset: String(lastOffset),
    timestamp: String(time.last),
    key: null,
    value,
    headers: NO_HEADERS,
    isControlRecord: false,
    batchContext,
    refused: {
      reason,
      error:
        `offsets ${from} to ${lastOffset} were not read: a batch of ${bytes.length} bytes (${codec?.name ?? 'not compressed'}), ${error}. ` +
        `The value here is the first ${value.length} bytes of the batch as it came`,
    },
  };
}

const marker = ({ lastOffset, time, context: batchContext }: Batch): FetchedRecord => ({
  offset: String(lastOffset),
  timestamp: String(time.last),
  key: null,
  value: null,
  headers: NO_HEADERS,
  isControlRecord: true,
  batchContext,
});

/** Name and content of each header, in order, as received. */
export function readHeaders({ count, bytes }: EncodedHeaders): RecordHeader[] {
  const headers: RecordHeader[] = [];
  let at = 0;
  const field = (): Buffer | null => {
    const length = readVarint(bytes, at);
    if (!length) throw new RangeError('headers that end too soon');
    at = length.end + Math.max(0, length.value);
    return length.value < 0 ? null : bytes.subarray(length.end, at);
  };
  for (let read = 0; read < count; read++) headers.push([field() ?? Buffer.alloc(0), field()]);
  return headers;
}
