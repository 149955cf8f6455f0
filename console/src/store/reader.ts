/** Reads all topics into one generation, from the first record on. */
import { createConsumer } from '@sagakit/kafka/kafkajs/consumer';
import type { BatchConsumer } from '@sagakit/kafka/port';
import type { KafkaConnection } from '@sagakit/kafka/connection';
import type { RawRecord } from '@sagakit/kafka/record';
import { isTransient, troubleOf } from '@sagakit/postgres/database-errors';
import { retry } from '@sagakit/resilience/retry';
import type { Logger } from 'pino';
import { foldBatch } from '../projection/fold.ts';
import { endOf, type Standing } from './behind.ts';
import { createGate, type Gate } from './gate.ts';
import { createPace } from './pace.ts';
import type { Writer } from './write.ts';

/** Nobody waits for the console to leave: at rest it looks half as often as a service. */
const FETCH_WAIT_MS = 2_000;

export type Reader = Gate & {
  start(): void;
  stop(): Promise<void>;
  kafka(): 'joined' | 'away';
  standing(): Standing;
  /** Records that could not be written: faults of ours, logged. */
  skipped(): number;
  read(): number;
};

export type ReaderOptions = {
  kafka: KafkaConnection;
  groupId: string;
  topics: readonly string[];
  partitionCount: number;
  writer: Writer;
  /** Told after each commit: which stories got how many messages. */
  onWritten: (stories: ReadonlyMap<string, number>) => void;
  onDead: (error: Error) => void;
  log: Logger;
};

export function createReader(options: ReaderOptions): Reader {
  const { kafka, groupId, writer, log, onWritten } = options;
  const pace = createPace({ readAgoMs: () => consumer.readAgoMs() });
  let [read, skipped] = [0, 0];

  async function write(records: readonly RawRecord[], signal: AbortSignal): Promise<void> {
    if (records.length === 0) return;
    const began = performance.now();
    const stories = await retry(() => writeOrSkip(records), {
      retryable: isTransient,
      backoff: { initialMs: 100, maxMs: 3_000 },
      signal,
      onRetry: (error, _attempt, waitMs) =>
        log.warn({ ...troubleOf(error), waitMs }, 'the database is away, trying again'),
    });
    pace.worked(performance.now() - began);
    read += records.length;
    watch.wrote(records);
    if (stories.size > 0) onWritten(stories);
  }

  /**
   * One that cannot be written must not hold the others: it is a fault of ours, and a later release can read
   * it again.
   */
  async function writeOrSkip(records: readonly RawRecord[]): Promise<Map<string, number>> {
    try {
      return await writer.write(foldBatch(records));
    } catch (error) {
      if (isTransient(error)) throw error;
      const [record] = records;
      if (records.length === 1 && record) {
        skipped++;
        const { topic, partition, offset } = record;
        log.error(
          { err: error, topic, partition, offset },
          'a record cannot be written to the read model; it is left out',
        );
        return new Map();
      }
      const half = Math.ceil(records.length / 2);
      const first = await writeOrSkip(records.slice(0, half));
      return addAll(first, await writeOrSkip(records.slice(half)));
    }
  }

  const gate = createGate(write);
  const consumer = createConsumer({
    ...{ kafka, groupId, ownsClientId: true, fetchWaitMs: FETCH_WAIT_MS },
    topics: [...options.topics],
    partitionCount: options.partitionCount,
    onBatch: gate.take,
    onDead: options.onDead,
    batchDelay: pace.delay,
    log,
  });
  const watch = watchOver(consumer);
  return {
    ...gate,
    start: () => void consumer.start(),
    stop: async () => {
      gate.abandon();
      await consumer.stop();
    },
    kafka: consumer.state,
    standing: watch.standing,
    skipped: () => skipped,
    read: () => read,
  };
}

/** What is known of how far a consumer is: by the broker, and by what it has read. */
function watchOver(consumer: BatchConsumer) {
  let everCaughtUp = false;
  let endedAt: number | undefined;
  return {
    wrote(records: readonly RawRecord[]): void {
      endedAt = endOf(records);
      everCaughtUp ||= consumer.caughtUp();
    },
    standing(): Standing {
      everCaughtUp ||= consumer.caughtUp();
      return {
        kafka: consumer.state(),
        readAgoMs: consumer.readAgoMs(),
        lastKnownAgoMs: consumer.behindMs(),
        everCaughtUp,
        readNowAgeMs: endedAt === undefined ? undefined : Math.max(0, Date.now() - endedAt),
      };
    },
  };
}

function addAll(a: Map<string, number>, b: ReadonlyMap<string, number>): Map<string, number> {
  for (const [story, n] of b) a.set(story, (a.get(story) ?? 0) + n);
  return a;
}
