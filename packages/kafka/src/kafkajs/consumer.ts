import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, Consumer, Kafka, PartitionAssigner } from 'kafkajs';
import type { BatchConsumer, ConsumerOptions } from '../port.ts';
import { backoffMs } from '@sagakit/resilience/retry';
import { withTimeout } from '@sagakit/resilience/timeout';
import { responsesOf } from './partition-responses.ts';
import { connect } from './client.ts';
import { namesAt } from '../connection.ts';
import { type Commits, createCommits } from './commits.ts';
import { createFetches, type Fetches } from './fetches.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import { createLag } from './lag.ts';
import { troubleOf } from './trouble.ts';
import { takePlaces } from './predecessors.ts';
import { createAbsence } from '../absence.ts';
import { createPresence, type Presence } from '../presence.ts';
import { createReading, type PartitionResponse, type Reading } from '../reading.ts';
import { coPartitioningAssignor } from './co-partitioning-assignor.ts';

const COMMIT_OFFSETS_EVERY_MS = 500;
/**
 * A replica that dies without leaving, and is not started again, holds its partitions this long. Shorter
 * sessions recover sooner and mistake a long garbage collection or a stopped laptop for a death more often.
 */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const FETCH_WAIT_MS = 1_000;

/**
 * A kafkajs consumer that delivers whole fetches (see fetches.ts). Offsets are committed after the database,
 * on a timer (see commits.ts).
 */
export function createConsumer(options: ConsumerOptions): BatchConsumer {
  const { log } = options;
  const names = namesAt(options.kafka);
  const groupId = names.outside(options.groupId);
  // A password that does not fit yet or any more is waited for, as a broker is.
  const presence = createPresence();
  const absence = createAbsence(presence, groupId, log);
  const kafka = connect(options.kafka, log, { patient: true, onTrouble: absence.heard });
  const stopping = new AbortController();
  const reading = createReading();
  const commits = createCommits(log);
  const lag = createLag(kafka, groupId, reading, names);
  const progress = createProgress(reading, commits);
  const fetches = createFetches({
    ...progress,
    onBatch: insideNames(options),
    batchDelay: options.batchDelay,
    stopping: stopping.signal,
    heartbeatMs: HEARTBEAT_MS,
  });
  let consumer: Consumer;
  let commitTimer: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    const member = groupMember(kafka, groupId, options.fetchWaitMs ?? FETCH_WAIT_MS);
    ({ consumer } = member);
    if (options.ownsClientId) takePlaces(member.cluster, { clientId: options.kafka.clientId, log });
    const own = { groupId, presence, reading, commits, stopping: stopping.signal };
    listenTo(consumer, { ...options, ...progress, ...own });
    const began = performance.now();
    await consumer.connect(); // tries again until a broker answers
    presence.connected(performance.now() - began);
    await startReading(consumer, options, fetches);
    // Stopped while it was starting: a timer set now would never be cleared.
    if (!stopping.signal.aborted)
      commitTimer = setInterval(() => void commits.commit(consumer), COMMIT_OFFSETS_EVERY_MS);
  }

  async function onFailure(error: unknown, waitMs: number): Promise<void> {
    log.warn({ ...troubleOf(error), waitMs }, 'Kafka unavailable, retrying; nothing is read meanwhile');
    presence.left({ responded: false });
    await consumer.disconnect().catch(() => {});
  }

  let starting: Promise<void> = Promise.resolve();
  return {
    start() {
      absence.watch();
      starting = untilItStands(run, onFailure, stopping.signal);
      return starting;
    },
    async stop() {
      stopping.abort();
      clearInterval(commitTimer);
      absence.stop();
      // kafkajs cannot be disconnected before `run` has resolved.
      await withTimeout(starting, 3_000);
      await fetches.idle();
      if (presence.isJoined()) await commits.commit(consumer);
      const left = consumer?.disconnect().catch(() => {});
      await withTimeout(left, 4_000);
      await lag.stop();
    },
    ...standing(presence, reading),
    lag: lag.lag,
    handled: progress.handled,
    partitions: reading.partitions,
  };
}

/** Records come with the names that we know. */
function insideNames({ kafka, onBatch }: ConsumerOptions): ConsumerOptions['onBatch'] {
  if (!kafka.prefix) return onBatch;
  const { inside } = namesAt(kafka);
  return (records, signal) =>
    onBatch(
      records.map((record) => ({ ...record, topic: inside(record.topic) })),
      signal,
    );
}

type Progress = {
  onHandled(count: number): void;
  /** All of the partition before `next` is handled. */
  onReached(topic: string, partition: number, next: bigint): void;
  handled(): number;
};

function createProgress(reading: Reading, commits: Commits): Progress {
  let handled = 0;
  return {
    onHandled(count) {
      handled += count;
    },
    onReached(topic, partition, next) {
      reading.reached(topic, partition, next);
      commits.reached(topic, partition, next);
    },
    handled: () => handled,
  };
}

type Standing = Pick<BatchConsumer, 'state' | 'caughtUp' | 'readAgoMs' | 'behindMs' | 'backSince'>;

/** How it stands with the broker and with what lies unread there. */
function standing(presence: Presence, reading: Reading): Standing {
  const isAway = () => presence.isAway(performance.now());
  const readAgoMs = () => (isAway() ? Infinity : reading.readAgoMs(performance.now()));
  return {
    state: () => (isAway() ? 'away' : 'joined'),
    caughtUp: () => readAgoMs() < Infinity,
    readAgoMs,
    behindMs: () => (presence.wasJoined() ? reading.behindMs(performance.now()) : performance.now()),
    backSince: presence.backSince,
  };
}

async function untilItStands(
  run: () => Promise<void>,
  onFailure: (error: unknown, waitMs: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await run();
    } catch (error) {
      const waitMs = backoffMs({ initialMs: 200, maxMs: 5_000 }, attempt);
      await onFailure(error, waitMs);
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** kafkajs shows the consumer's cluster to assigners alone, which it makes with the consumer. */
function groupMember(
  kafka: Kafka,
  groupId: string,
  fetchWaitMs: number,
): { consumer: Consumer; cluster: Cluster } {
  let cluster: Cluster | undefined;
  const assigner: PartitionAssigner = (given) => {
    cluster = given.cluster;
    return coPartitioningAssignor(given);
  };
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    rebalanceTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: fetchWaitMs,
    minBytes: 1,
    maxBytes: 4 * 1024 * 1024,
    readUncommitted: true,
    partitionAssigners: [assigner],
    allowAutoTopicCreation: false,
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 3_000,
      retries: 1_000_000,
      restartOnFailure: async () => true,
    },
  });
  return { consumer, cluster: cluster as Cluster };
}

async function startReading(
  consumer: Consumer,
  options: ConsumerOptions,
  { eachBatch }: Fetches,
): Promise<void> {
  const topics = options.topics.map(namesAt(options.kafka).outside);
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    // Enough that no partition of a fetch waits for another; kafkajs starts every worker for every fetch.
    partitionsConsumedConcurrently: options.partitionCount,
    eachBatch,
  });
}

type Listening = Pick<ConsumerOptions, 'groupId' | 'log' | 'onDead'> &
  Pick<Progress, 'onHandled' | 'onReached'> & {
    presence: Presence;
    reading: Reading;
    commits: Commits;
    stopping: AbortSignal;
  };

/** What kafkajs says of the group and of the broker. */
function listenTo(consumer: Consumer, listening: Listening): void {
  const { groupId, log, onDead, presence, reading, commits, onHandled, onReached, stopping } = listening;

  /** After an outage what lies unread must be found out anew. */
  function resumed(outage: { silentMs: number } | undefined, first: boolean): void {
    if (!outage) return;
    reading.resumed(performance.now());
    if (!first) log.info({ groupId, ...outage }, 'Kafka available again');
  }
  const heard = () => resumed(presence.heard(performance.now()), false);

  function responded(response: PartitionResponse): void {
    reading.responded(response);
    const { topic, partition, at, passed } = response;
    if (passed === undefined || !reading.assignment()[topic]?.includes(partition)) return;
    if (passed > at) onHandled(1);
    onReached(topic, partition, passed);
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    commits.reset();
    reading.assigned(payload.memberAssignment, performance.now());
    const first = !presence.wasJoined();
    resumed(presence.joined(performance.now()), first);
    log.info({ groupId, assignment: payload.memberAssignment }, 'joined the consumer group');
  });
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    const responses = responsesOf(payload);
    // Of a fetch that failed nothing is told; what keeps a replica without partitions in touch are its
    // heartbeats.
    if (responses.length > 0) heard();
    else commits.forgotten();
    for (const response of responses) responded(response);
  });
  consumer.on(consumer.events.HEARTBEAT, heard);
  // Also told as part of a crash, and before it, whose reason decides.
  consumer.on(consumer.events.DISCONNECT, () => presence.left({ responded: true }));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    presence.left({ responded: payload.error instanceof KafkaJSProtocolError });
    if (payload.restart)
      log.warn({ groupId, ...troubleOf(payload.error) }, 'the reader lost Kafka, and joins its group again');
    // With restart=false kafkajs stops for good and says nothing more, while the process would live on.
    if (!payload.restart && !stopping.aborted) onDead(payload.error);
  });
}
