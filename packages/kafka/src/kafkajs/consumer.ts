import { setTimeout as delay } from 'node:timers/promises';
import type { Batch, Consumer, EachBatchPayload } from 'kafkajs';
import type { Log } from '@sagakit/resilience/log';
import type { RawRecord } from '../record.ts';
import { type BatchDelay, delayBatch } from '@sagakit/resilience/batch-delay';
import { backoffMs } from '@sagakit/resilience/retry';
import { type Answer, answersOf } from './answers.ts';
import { connect, type KafkaConnection } from './client.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import { createLag } from './lag.ts';
import { createPresence } from '../presence.ts';
import { createReading } from '../reading.ts';
import { coPartitioningAssignor } from '../co-partitioning-assignor.ts';
import { type FetchedBatch, takeTurns } from '../slices.ts';

export type BatchConsumer = {
  start(): Promise<void>;
  /** Takes no more, finishes the batch in flight, commits offsets, leaves the group. */
  stop(): Promise<void>;
  /** `away` while no broker answers or the group is not joined yet. */
  state(): 'joined' | 'away';
  /** True once everything that lay unread at start, at assignment or after an outage of the broker has been handled. */
  caughtUp(): boolean;
  /**
   * How long ago the moment is, in milliseconds, before which everything that was written to this replica's partitions has been handled. About a second while
   * nothing comes, grows without bound while something holds the reader; Infinity: not known yet, or the broker is away.
   */
  readAgoMs(): number;
  /** The same for people: how long ago this was last known, through outages and joins; before the first join, the process' age. */
  behindMs(): number;
  /** When the broker answered again after it had been away, in milliseconds of `performance.now()`; -Infinity if it never was. */
  backSince(): number;
  /** Offsets of each topic that lie unread in this replica's partitions: no fewer than the messages. Asks the broker. */
  lag(): Promise<Map<string, number>>;
  /** Records handled since the start, and what was passed because it holds no records (markers of transactions, gaps). */
  handled(): number;
  /** Partition numbers that this replica owns. */
  partitions(): Set<number>;
};

export type ConsumerOptions = {
  kafka: KafkaConnection;
  groupId: string;
  topics: string[];
  /** Of all these topics together. */
  partitionCount: number;
  /** Handles records of one fetch, in order within each partition; returns when they are committed in the database. */
  onBatch: (records: RawRecord[], signal: AbortSignal) => Promise<void>;
  /** The consumer is dead and cannot be revived: the process should end, so that its supervisor starts a new one. */
  onDead: (error: Error) => void;
  /** How long the next fetch waits after a batch. Default: not at all. */
  batchDelay?: BatchDelay | undefined;
  log: Log;
};

const COMMIT_OFFSETS_EVERY_MS = 500;
/**
 * A replica that dies without leaving holds its partitions this long. Shorter sessions recover sooner and mistake a long
 * garbage collection or a stopped laptop for a death more often.
 */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 1_000;
/** So long a fetch is worked on; what is left of it is fetched again. Rubbish by the ten thousand keeps nobody's messages waiting for longer. */
const MAX_TURN_MS = 1_000;

type Fetched = { batch: Batch; payload: EachBatchPayload; resolve: () => void; reject: (error: unknown) => void };

/** kafkajs' own type does not know what our decoder makes (see fetch-response.ts). */
const asFetched = (batch: Batch) => batch as unknown as FetchedBatch;

/**
 * A kafkajs consumer that delivers whole fetches. kafkajs calls `eachBatch` per partition; all calls of one fetch start in
 * the same tick, so they are collected and handed over as one batch, one transaction. Offsets are committed on a timer: the
 * inbox makes what is delivered again harmless.
 */
export function createConsumer(options: ConsumerOptions): BatchConsumer {
  const { log, groupId, topics } = options;
  const kafka = connect(options.kafka, log);
  const stopping = new AbortController();
  let consumer: Consumer;
  let handled = 0;
  let fetched: Fetched[] = [];
  let inFlight: Promise<void> = Promise.resolve();
  let commitTimer: NodeJS.Timeout | undefined;
  const toCommit = new Map<string, { topic: string; partition: number; offset: string }>();
  /** What this member has committed, or is about to. */
  const committed = new Map<string, string>();
  const presence = createPresence();
  const reading = createReading();
  const lag = createLag(kafka, groupId, reading);

  /** All before `next` is handled. It is committed even if no record of ours lies before it, so that others see where we stand. */
  function reached(topic: string, partition: number, next: bigint): void {
    const place = `${topic}/${partition}`;
    const offset = next.toString();
    reading.reached(topic, partition, next);
    if (committed.get(place) === offset) return;
    committed.set(place, offset);
    toCommit.set(place, { topic, partition, offset });
  }

  function answered(answer: Answer): void {
    reading.answered(answer);
    const { topic, partition, at, passed } = answer;
    if (passed === undefined || !reading.assignment()[topic]?.includes(partition)) return;
    if (passed > at) handled++;
    reached(topic, partition, passed);
  }

  /** Each fetch's eachBatch calls start in one tick; the first arms the flush that takes them all. */
  function eachBatch(payload: EachBatchPayload): Promise<void> {
    return new Promise((resolve, reject) => {
      fetched.push({ batch: payload.batch, payload, resolve, reject });
      if (fetched.length === 1) {
        setImmediate(() => {
          const taken = fetched;
          fetched = [];
          inFlight = handle(taken);
        });
      }
    });
  }

  async function handle(taken: Fetched[]): Promise<void> {
    const abandoned = new AbortController();
    const signal = AbortSignal.any([stopping.signal, abandoned.signal]);
    let lost: Error | undefined;
    // A long batch (the database away) must not cost the membership, and must notice when it was lost.
    const heart = setInterval(() => {
      taken[0]?.payload.heartbeat().catch((error: Error) => {
        lost = error;
        abandoned.abort();
      });
    }, HEARTBEAT_MS);
    try {
      // After a rebalance kafkajs still hands over what it had fetched of partitions that are no longer ours.
      const live = taken.filter(({ payload }) => payload.isRunning() && !payload.isStale());
      if (!stopping.signal.aborted) {
        const turn = takeTurns(live.map(({ batch }) => asFetched(batch)));
        const until = performance.now() + MAX_TURN_MS;
        let count = 0;
        for (let records = turn.next(); records; records = performance.now() < until ? turn.next() : undefined) {
          await options.onBatch(records, signal);
          handled += records.length;
          count += records.length;
        }
        for (const { batch, payload } of live) {
          const last = turn.reached(asFetched(batch));
          if (last === undefined) continue;
          payload.resolveOffset(last);
          reached(batch.topic, batch.partition, BigInt(last) + 1n);
        }
        await delayBatch(options.batchDelay?.(count) ?? 0, stopping.signal);
      }
      clearInterval(heart);
      if (lost) throw lost;
      for (const { resolve } of taken) resolve();
    } catch (error) {
      clearInterval(heart);
      // While stopping, what was not handled is simply left to the next owner.
      for (const { resolve, reject } of taken) {
        if (stopping.signal.aborted) resolve();
        else reject(lost ?? error);
      }
    }
  }

  async function commitOffsets(): Promise<void> {
    if (toCommit.size === 0) return;
    const offsets = [...toCommit.values()];
    toCommit.clear();
    await consumer.commitOffsets(offsets).catch((error: Error) => {
      committed.clear();
      log.debug({ err: error }, 'offsets not committed; the messages come again and the inbox drops them');
    });
  }

  /** After an outage what lies unread must be found out anew. */
  function resumed(outage: { silentMs: number } | undefined, first: boolean): void {
    if (!outage) return;
    reading.resumed(performance.now());
    if (!first) log.info({ groupId, ...outage }, 'the broker answers again');
  }
  const heard = () => resumed(presence.heard(performance.now()), false);

  const isAway = () => presence.isAway(performance.now());
  const readAgoMs = () => (isAway() ? Infinity : reading.readAgoMs(performance.now()));

  async function run(): Promise<void> {
    consumer = kafka.consumer({
      groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: 1_000,
      minBytes: 1,
      maxBytes: 4 * 1024 * 1024,
      readUncommitted: true,
      partitionAssigners: [coPartitioningAssignor],
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 1_000_000, restartOnFailure: async () => true },
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      toCommit.clear();
      committed.clear();
      reading.assigned(payload.memberAssignment, performance.now());
      const first = !presence.wasJoined();
      resumed(presence.joined(performance.now()), first);
      log.info({ groupId, assignment: payload.memberAssignment }, 'joined the consumer group');
    });
    consumer.on(consumer.events.FETCH, ({ payload }) => {
      const answers = answersOf(payload);
      // Of a fetch that failed nothing is told; what keeps a replica without partitions in touch are its heartbeats.
      if (answers.length > 0) heard();
      // The broker may have forgotten them, with their topic.
      else committed.clear();
      for (const answer of answers) answered(answer);
    });
    consumer.on(consumer.events.HEARTBEAT, heard);
    // Also told as part of a crash, and before it, whose reason decides.
    consumer.on(consumer.events.DISCONNECT, () => presence.left({ answered: true }));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      presence.left({ answered: payload.error instanceof KafkaJSProtocolError });
      // With restart=false kafkajs stops for good and says nothing more, while the process would live on.
      if (!payload.restart && !stopping.signal.aborted) options.onDead(payload.error);
    });
    const began = performance.now();
    await consumer.connect(); // tries again until a broker answers
    presence.connected(performance.now() - began);
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // Enough that no partition of a fetch waits for another; kafkajs starts every worker for every fetch.
      partitionsConsumedConcurrently: options.partitionCount,
      eachBatch,
    });
    // Stopped while it was starting: a timer set now would never be cleared.
    if (!stopping.signal.aborted) commitTimer = setInterval(() => void commitOffsets(), COMMIT_OFFSETS_EVERY_MS);
  }

  let starting: Promise<void> = Promise.resolve();
  return {
    start() {
      starting = (async () => {
        for (let attempt = 1; !stopping.signal.aborted; attempt++) {
          try {
            return await run();
          } catch (error) {
            const waitMs = backoffMs({ initialMs: 200, maxMs: 5_000 }, attempt);
            log.warn({ err: error, waitMs }, 'Kafka is away, trying again');
            presence.left({ answered: false });
            await consumer.disconnect().catch(() => {});
            await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
          }
        }
      })();
      return starting;
    },
    async stop() {
      stopping.abort();
      clearInterval(commitTimer);
      // kafkajs cannot be disconnected before `run` has resolved.
      await Promise.race([starting, delay(3_000)]);
      await inFlight;
      if (presence.isJoined()) await commitOffsets();
      await Promise.race([consumer?.disconnect().catch(() => {}), delay(4_000)]);
      await lag.stop();
    },
    state: () => (isAway() ? 'away' : 'joined'),
    caughtUp: () => readAgoMs() < Infinity,
    readAgoMs,
    behindMs: () => (presence.wasJoined() ? reading.behindMs(performance.now()) : performance.now()),
    backSince: presence.backSince,
    lag: lag.lag,
    handled: () => handled,
    partitions: reading.partitions,
  };
}
