/**
 * Decodes what the broker answers to a fetch (version 11), in place of kafkajs's own: that one takes
 * everything apart at once, without a bound, fails for good at 120,000 records, and needs minutes for the
 * headers of one. Here the partitions take turns, batch by batch, as far as the bounds allow (see bounds.ts);
 * what is left comes with the next fetch.
 */
import { mayBegin, nothingSpent } from '../bounds.ts';
import { pauseIfDue } from './pause.ts';
import { batchAt, type FetchedRecord, readBatch } from './record-batch.ts';

/** The parts of kafkajs's decoder that are used here. */
export type Decoder = {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readString(): string | null;
  readBytes(): Buffer | null;
  readArray<T>(reader: (decoder: Decoder) => T): T[];
};

const partitionOf = (decoder: Decoder) => ({
  partition: decoder.readInt32(),
  errorCode: decoder.readInt16(),
  highWatermark: decoder.readInt64().toString(),
  lastStableOffset: decoder.readInt64().toString(),
  lastStartOffset: decoder.readInt64().toString(),
  abortedTransactions: decoder.readArray(() => ({
    producerId: decoder.readInt64().toString(),
    firstOffset: decoder.readInt64().toString(),
  })),
  preferredReadReplica: decoder.readInt32(),
  set: decoder.readBytes() ?? Buffer.alloc(0),
  messages: [] as FetchedRecord[],
});

let responses = 0;

export async function decodeFetchResponse(decoder: Decoder) {
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const topics = decoder.readArray(() => ({
    topicName: decoder.readString(),
    partitions: decoder.readArray(partitionOf),
  }));
  // Another begins with each fetch, so that one full of hostile batches holds the others up for a fetch at
  // most.
  const all = topics.flatMap(({ partitions }) => partitions).filter(({ set }) => set.length > 0);
  const first = responses++ % Math.max(1, all.length);
  await decodeInTurns([...all.slice(first), ...all.slice(0, first)]);
  // kafkajs would wait where the broker has done so already.
  return {
    throttleTime: 0,
    clientSideThrottleTime,
    errorCode,
    sessionId,
    responses: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ set: _, ...partition }) => partition),
    })),
  };
}

async function decodeInTurns(partitions: { set: Buffer; messages: FetchedRecord[] }[]): Promise<void> {
  const spent = nothingSpent(performance.now());
  let open = partitions.map((partition) => ({ partition, at: 0 }));
  while (open.length > 0) {
    const more: typeof open = [];
    for (const { partition, at } of open) {
      const batch = batchAt(partition.set, at);
      if (!batch || !mayBegin(spent, batch.codec !== undefined, performance.now())) continue;
      await pauseIfDue();
      for (const record of await readBatch(batch, spent)) partition.messages.push(record);
      more.push({ partition, at: at + batch.bytes.length });
    }
    open = more;
  }
}
