import { randomUUID } from 'node:crypto';
import type { Envelope } from '@sagakit/messages/envelope';
import type { Log } from '@sagakit/resilience/log';
import { responsesOf } from '../kafkajs/partition-responses.ts';
import { type KafkaConnection, namesAt } from '../connection.ts';
import { connect } from '../kafkajs/client.ts';

export type Tailed = {
  topic: string;
  partition: number;
  offset: string;
  key: string | null;
  message: Envelope | undefined;
};

/**
 * Reads topics beside everybody, for people and tests: a group of its own that leaves no trace. Returns once
 * it reads; `fromBeginning` also gives what is there already. What is not JSON comes with `message`
 * undefined.
 */
export async function tailTopics(
  connection: KafkaConnection,
  options: {
    topics: string[];
    fromBeginning: boolean;
    onMessage: (tailed: Tailed) => void;
    /** Told after `onMessage`: all of `topic/partition` before `next` has been read, or holds no records. */
    onReached?: (place: string, next: bigint) => void;
    log: Log;
  },
): Promise<{ stop(): Promise<void> }> {
  const { inside, outside } = namesAt(connection);
  const consumer = connect(connection, options.log).consumer({
    groupId: outside(`tail-${randomUUID()}`),
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    readUncommitted: true,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: options.topics.map(outside), fromBeginning: options.fromBeginning });
  const { onMessage, onReached = () => {} } = options;
  const joined = new Promise<void>((resolve) =>
    consumer.on(consumer.events.FETCH, ({ payload }) => {
      resolve();
      for (const { topic, partition, passed } of responsesOf(payload)) {
        if (passed !== undefined) onReached(`${inside(topic)}/${partition}`, passed);
      }
    }),
  );
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { partition } = batch;
      const topic = inside(batch.topic);
      for (const { offset, key, value } of batch.messages) {
        onMessage({ topic, partition, offset, key: key?.toString('utf8') ?? null, message: parse(value) });
      }
      onReached(`${topic}/${partition}`, BigInt(batch.lastOffset()) + 1n);
    },
  });
  await joined;
  return { stop: () => consumer.disconnect() };
}

function parse(value: Buffer | null): Envelope | undefined {
  try {
    return JSON.parse(value?.toString('utf8') ?? '') as Envelope;
  } catch {
    return undefined;
  }
}

/**
 * The end of each partition that holds anything, by `topic/partition`: one more than the last offset given
 * away, whatever lies there.
 */
export async function endOffsets(
  connection: KafkaConnection,
  topics: string[],
  log: Log,
): Promise<Map<string, bigint>> {
  const admin = connect(connection, log).admin();
  await admin.connect();
  try {
    const ends = new Map<string, bigint>();
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(
        namesAt(connection).outside(topic),
      )) {
        if (low !== high) ends.set(`${topic}/${partition}`, BigInt(high));
      }
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}
