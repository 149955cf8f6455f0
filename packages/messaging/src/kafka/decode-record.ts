/**
 * One record as the protocol has it (record batch v2), in place of kafkajs's decoder: that one makes an object of the headers, which loses
 * the order across names and what is not UTF-8 in a name, and copies the whole object for each of them.
 */
import type { RecordHeader } from '../headers.ts';

/** The parts of kafkajs's decoder that are used here; `offset` is where it reads next. */
type Decoder = {
  readonly buffer: Buffer;
  readonly offset: number;
  readInt8(): number;
  readVarInt(): number;
  readVarLong(): { toString(): string };
  readVarIntBytes(): Buffer | null;
};

/** What is known of its batch. Numbers of 64 bits are texts. */
type BatchContext = {
  firstOffset: string;
  firstTimestamp: string;
  maxTimestamp: string;
  timestampType: number;
  magicByte: number;
  isControlBatch?: boolean;
};

const LOG_APPEND_TIME = 1;

export function decodeRecord(decoder: Decoder, batchContext: BatchContext) {
  const { firstOffset, firstTimestamp, maxTimestamp, timestampType, magicByte, isControlBatch = false } = batchContext;
  const attributes = decoder.readInt8();
  const timestampDelta = decoder.readVarLong();
  const offsetDelta = decoder.readVarInt();
  const key = decoder.readVarIntBytes();
  const value = decoder.readVarIntBytes();
  return {
    magicByte,
    attributes,
    // The broker's time is that of the whole batch.
    timestamp:
      timestampType === LOG_APPEND_TIME ? maxTimestamp : String(BigInt(firstTimestamp) + BigInt(timestampDelta.toString())),
    offset: String(BigInt(firstOffset) + BigInt(offsetDelta)),
    key,
    value,
    headers: readHeaders(decoder),
    isControlRecord: isControlBatch,
    batchContext,
  };
}

function readHeaders(decoder: Decoder): RecordHeader[] {
  const headers: RecordHeader[] = [];
  // A count that is not true ends with the record.
  for (let left = decoder.readVarInt(); left > 0 && decoder.offset < decoder.buffer.length; left--) {
    headers.push([decoder.readVarIntBytes() ?? Buffer.alloc(0), decoder.readVarIntBytes()]);
  }
  return headers;
}
