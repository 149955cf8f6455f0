/**
 * Puts the parts of one service's messaging together: consumer, processor, outbox and relay, effects, replays
 * of dead letters, maintenance. Starts them, and stops them in order. It knows no HTTP and no configuration.
 */
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Masks } from '@sagakit/messages/personal';
import type { KafkaConnection } from '@sagakit/kafka/connection';
import { createConsumer } from '@sagakit/kafka/kafkajs/consumer';
import type { BatchConsumer } from '@sagakit/kafka/port';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import type { Address } from '@sagakit/postgres/connection';
import type { Background } from '@sagakit/resilience/background';
import { type BatchDelay, adaptiveBatchDelay } from '@sagakit/resilience/batch-delay';
import { groupCommit } from '@sagakit/resilience/group-commit';
import type { Log } from '@sagakit/resilience/log';
import { type StopStep, stopInSteps } from '@sagakit/resilience/stop-steps';
import type { Pool } from 'pg';
import type { Aggregate } from './aggregate/unit.ts';
import { createDlqPublisher, type DlqPublisher, mayBeTakenBack } from './dead-letters/dlq-publisher.ts';
import type { EffectHandler } from './effects/effect.ts';
import { createEffects, EFFECT_LEASE_MS, type Effects } from './effects/effects.ts';
import type { Incoming } from './incoming.ts';
import { createProcessor, type Processor, type ProcessorOptions } from './inbox/processor.ts';
import { createPruning, type Prune } from './maintenance/prune.ts';
import { watchedOf } from './maintenance/watched.ts';
import { createWatchdog } from './maintenance/watchdog.ts';
import type { Observe } from './observe.ts';
import type { OutboxBuffer } from './outbox/outbox.ts';
import { createOutboxBuffer } from './outbox/outbox-buffer.ts';
import { createRelay, type Relay } from './outbox/relay.ts';
import { createReplays, type Replays } from './replay/replay.ts';
import type { MessageWriter } from './to-envelope.ts';

/** For what writes messages: aggregates, endpoints, an operator's request. */
export type Writing = {
  writer: MessageWriter;
  /** For transactions that write to the outbox. */
  outbox: OutboxBuffer;
};

/** For what runs beside the batch path and needs it (the deadlines of sagas). */
export type Running = Writing & { processor: Processor; consumer: BatchConsumer };

export type RuntimeOptions = {
  /** The name of the consumer group and in the inbox; messages are written as `/<service>`. */
  service: string;
  /** The messages of the system. */
  catalogue: Catalogue;
  /** Of these messages: what is personal or secret is in no log. */
  masks: Masks;
  kafka: KafkaConnection;
  /** For the relay's own connection. */
  database: Address;
  /** For transactions, on the same database. The runtime does not end it. */
  pool: Pool;
  aggregates(writing: Writing): readonly Aggregate[];
  /** `concurrency`: how many calls are made at once. */
  effects?: { handlers: readonly EffectHandler[]; concurrency: number } | undefined;
  /**
   * How long messages and results of effects gather before the next batch of them is taken. Default: by load.
   */
  batchDelay?: BatchDelay | undefined;
  /** What is forgotten by age, besides what every service forgets. */
  prune?: readonly Prune[] | undefined;
  background?(running: Running): readonly Background[];
  /** The process cannot go on: it should stop, and a new one start. */
  onDead: (error: Error) => void;
  log: Log;
  observe: Observe;
};

export type Runtime = Running & {
  /** An operator's hand on dead letters. */
  replays: Replays;
  /** Undefined: the service makes no calls to the outside. */
  effects: Effects | undefined;
  /** After the migrations. Does nothing once the runtime was stopped. */
  start(): void;
  /**
   * Takes no more, finishes what is in flight, waits for `otherWriters`, flushes the outbox. Each step has
   * its limit; what did not end in time is logged by its name and left as it is: whoever comes next finds it
   * in the database.
   *
   * @param otherWriters who writes to the outbox besides: requests under way. It has a limit of its own
   */
  stop(otherWriters?: () => Promise<unknown>): Promise<void>;
};

/**
 * What each step of a stop may take. With what else a service stops, together within the grace that its
 * supervisor gives.
 */
const STOP_WITHIN_MS = { background: 1_000, consumer: 5_000, effects: 5_000, results: 1_000, relay: 4_000 };

/**
 * All that runs in a service beside HTTP: consumer, batch path, relay, effects, dead letters, pruning.
 * Nothing runs before `start`. Services get theirs from defineService, which migrates, serves and stops too.
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { service, catalogue, pool, log, observe } = options;
  const stopping = new AbortController();
  const buffer = createOutboxBuffer();
  const relay = createRelay({
    catalogue,
    service,
    database: options.database,
    pool,
    sender: createSender(options.kafka, log),
    buffer,
    onLead: () => dlqPublisher.wake(),
    log,
    observe,
  });
  const dlqPublisher = createDlqPublisher({
    db: pool,
    sender: createSender(options.kafka, log),
    service,
    leads: relay.leads,
    isPersonal: mayBeTakenBack(catalogue),
    log,
  });
  const writing: Writing = { writer: { source: `/${service}`, catalogue }, outbox: buffer };
  const { processor, replays, effects, resultsCommitted } = createBatchPath(options, writing, {
    onParked: dlqPublisher.wake,
    signal: stopping.signal,
  });
  const consumer = createServiceConsumer(options, processor);
  const running: Running = { ...writing, processor, consumer };
  const background = backgroundOf(options, { running, relay, replays, dlqPublisher });

  return {
    ...running,
    replays,
    effects,
    start() {
      if (stopping.signal.aborted) return;
      relay.start();
      effects?.start();
      void consumer.start();
      for (const { part } of background) part.start();
    },
    async stop(otherWriters) {
      const step = (name: string, withinMs: number, run: StopStep['run']) =>
        stopInSteps([{ name, withinMs, run }], log);
      await Promise.all(background.map(({ name, part }) => step(name, STOP_WITHIN_MS.background, part.stop)));
      await step('consumer', STOP_WITHIN_MS.consumer, consumer.stop);
      if (effects) await step('effects', STOP_WITHIN_MS.effects, effects.stop);
      stopping.abort();
      await step('results', STOP_WITHIN_MS.results, resultsCommitted);
      await otherWriters?.();
      await step('relay', STOP_WITHIN_MS.relay, relay.stop);
    },
  };
}

/** What decides, for messages, results of effects and replays alike. */
function createBatchPath(
  options: RuntimeOptions,
  writing: Writing,
  { onParked, signal }: { onParked: () => void; signal: AbortSignal },
) {
  const { catalogue, masks, pool, log, observe, batchDelay = adaptiveBatchDelay } = options;
  let effects: Effects | undefined;
  const processing: ProcessorOptions = {
    catalogue,
    consumer: options.service,
    pool,
    aggregates: options.aggregates(writing),
    masks,
    log,
    observe,
    effectLeaseMs: EFFECT_LEASE_MS,
    outbox: writing.outbox,
    startsAtOnce: (count) => effects?.startsAtOnce(count) ?? true,
    onEffects: (rows) => effects?.take(rows),
    onErased: (subjects) => effects?.cancel(subjects),
    onParked,
    onIncompatible: options.onDead,
  };
  const processor = createProcessor(processing);
  // Results that arrive together are committed together.
  const results = groupCommit<Incoming, void>({
    maxItems: 200,
    maxWaiting: Infinity, // bounded by the effects
    batchDelay,
    async run(incoming) {
      await processor.submit(incoming, signal);
      return incoming.map(() => undefined);
    },
  });
  if (options.effects)
    effects = createEffects({
      catalogue,
      pool,
      log,
      observe,
      onResult: results.submit,
      onParked,
      ...options.effects,
    });
  const effectKinds = options.effects?.handlers.map(({ effect }) => effect.kind) ?? [];
  const replays = createReplays({ ...processing, effectKinds });
  return { processor, replays, effects, resultsCommitted: results.idle };
}

function createServiceConsumer(options: RuntimeOptions, { topics, process }: Processor): BatchConsumer {
  const { catalogue, batchDelay = adaptiveBatchDelay } = options;
  return createConsumer({
    kafka: options.kafka,
    groupId: options.service,
    ownsClientId: true,
    topics,
    partitionCount: topics.reduce((sum, topic) => sum + catalogue.settingsOf(topic).partitions, 0),
    onBatch: process,
    onDead: options.onDead,
    batchDelay,
    log: options.log,
  });
}

function backgroundOf(
  { pool, catalogue, log, onDead, prune = [], background }: RuntimeOptions,
  parts: { running: Running; relay: Relay; replays: Replays; dlqPublisher: DlqPublisher },
): { name: string; part: Background }[] {
  const { running, relay, replays, dlqPublisher } = parts;
  const { processor, consumer } = running;
  const own = background?.(running) ?? [];
  return [
    {
      name: 'watchdog',
      part: createWatchdog({ watched: watchedOf({ pool, consumer, relay }), onDead, log }),
    },
    { name: 'pruning', part: createPruning({ pool, catalogue, topics: processor.topics, own: prune, log }) },
    { name: 'replays', part: replays.background },
    { name: 'dlq-publisher', part: dlqPublisher },
    ...own.map((part, at) => ({ name: `own background ${at + 1}`, part })),
  ];
}
