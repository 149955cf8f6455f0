import type { IHeaders, Producer } from 'kafkajs';
import type { Log } from '@sagakit/resilience/log';
import { connect } from './client.ts';
import { type KafkaConnection, namesAt } from '../connection.ts';
import type { OutgoingRecord, RecordSender } from '../port.ts';
import { CompressionTypes } from './kafkajs.ts';
import { createPartitioner } from './partitioner.ts';

/**
 * True for an error of `send` that the same records would get for ever: they are too large, or not what a
 * topic takes.
 */
export function refusedForGood(error: unknown): boolean {
  const { type, cause } = error as { type?: unknown; cause?: unknown };
  return FOR_GOOD.has(String(type)) || (cause instanceof Error && refusedForGood(cause));
}

const FOR_GOOD = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

const COMPRESSIONS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
export type Compression = keyof typeof COMPRESSIONS;

/** Idempotent, acks=all, one send in flight: the order of records of one key is the order of the calls. */
export function createSender(
  connection: KafkaConnection,
  log: Log,
  { compression = 'none' }: { compression?: Compression } = {},
): RecordSender {
  const kafka = connect(connection, log);
  const { outside } = namesAt(connection);
  /** One for all who send, also for those who come while it connects. */
  let producer: Promise<Producer> | undefined;
  let isConnected = false;

  async function connected(): Promise<Producer> {
    isConnected = false;
    const fresh = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    });
    await fresh.connect();
    isConnected = true;
    return fresh;
  }

  /**
   * An idempotent producer that failed may have lost its place in the sequence: a new one gets a new id. Of
   * several sends that failed with it the first takes it away.
   */
  async function discard(failed: Promise<Producer>): Promise<void> {
    if (producer !== failed) return;
    producer = undefined;
    await (await failed).disconnect();
  }

  return {
    async send(records) {
      const topics = new Map<string, OutgoingRecord[]>();
      for (const record of records) {
        const list = topics.get(record.topic);
        if (list) list.push(record);
        else topics.set(record.topic, [record]);
      }
      const topicMessages = [...topics].map(([topic, messages]) => ({
        topic: outside(topic),
        messages: messages.map(({ key, value, headers }) => ({ key, value, headers: headers as IHeaders })),
      }));
      const current = (producer ??= connected());
      try {
        const open = await current;
        await open.sendBatch({
          acks: -1,
          timeout: 10_000,
          compression: COMPRESSIONS[compression],
          topicMessages,
        });
      } catch (error) {
        await discard(current).catch(() => {});
        throw error;
      }
    },
    async stop() {
      const gone = producer && discard(producer).catch(() => {});
      // One that still connects goes when it has: a broker that is away is not waited for.
      if (isConnected) await gone;
    },
  };
}
