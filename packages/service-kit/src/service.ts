/** Puts a service together: what is the same in all five. What differs (units, effects, endpoints) comes from its app.ts. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Background } from '@sagakit/resilience/background';
import { briefly, inWords, isTransient } from '@sagakit/postgres/database-errors';
import { createReplays } from '@sagakit/messaging/dead-letters/replay';
import { createEffects, EFFECT_LEASE_MS, type EffectHandler, type Effects } from '@sagakit/messaging/effects/effects';
import { groupCommit } from '@sagakit/resilience/group-commit';
import { createHandover, type Handover } from '@sagakit/messaging/outbox/outbox-buffer';
import { type BatchConsumer, createConsumer } from '@sagakit/kafka/kafkajs/consumer';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import { type BatchDelay, adaptiveBatchDelay } from '@sagakit/resilience/batch-delay';
import type { Observe } from '@sagakit/messaging/observe';
import { createProcessor, type Processor, type ProcessorOptions } from '@sagakit/messaging/inbox/processor';
import { createPruning, type Prune } from '@sagakit/messaging/maintenance/prune';
import { createRelay } from '@sagakit/messaging/outbox/relay';
import { createWatchdog } from '@sagakit/messaging/maintenance/watchdog';
import { retry } from '@sagakit/resilience/retry';
import type { Incoming, Aggregate } from '@sagakit/messaging/aggregate/unit';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ServiceConfig } from './config.ts';
import { createPool, createReadPool } from '@sagakit/postgres/pool';
import type { Endpoint, RawRequest } from './http/endpoint.ts';
import { deadLetterEndpoints } from './http/dead-letters.ts';
import { operationsEndpoints, type Readiness } from './http/operations.ts';
import { tryLater } from './http/problem.ts';
import { type HttpServer, listen } from './http/listen.ts';
import { createHttpApp } from './http/server.ts';
import { createLog } from './logging.ts';
import { circuitGauge, consumerBehindGauge, consumerLagGauge, createMetrics } from './metrics.ts';
import { MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { migrate } from '@sagakit/postgres/migrate';
import { stopInSteps } from './stop-steps.ts';
import { watchedOf } from './watched.ts';

/** What a service's own parts are made with. */
export type Parts = {
  /** For transactions. */
  pool: Pool;
  /** For what HTTP reads: each query is answered, or fails, before its caller gives up. */
  readPool: Pool;
  log: Logger;
  observe: Observe;
  /** For metrics of the service's own. */
  registry: Registry;
  /** For messages that are written by hand. */
  writer: MessageWriter;
  /** For transactions that write to the outbox. */
  handover: Handover;
};

/** For what runs beside the batch path and needs it (the deadlines of the orchestrator). */
export type RunningParts = Parts & { processor: Processor; consumer: BatchConsumer };

export type ServiceDefinition = {
  name: string;
  /** The messages of the system. */
  catalogue: Catalogue;
  config: ServiceConfig;
  /** The folder of the service's migrations. */
  migrations: URL;
  aggregates(parts: Parts): Aggregate[];
  endpoints(parts: Parts): Endpoint[];
  effects?: { handlers: Readonly<Record<string, EffectHandler>>; concurrency: number };
  /** How long messages and effects' answers gather before the next batch of them is taken. Default: by load. */
  batchDelay?: BatchDelay;
  /** After the migrations, before anything is consumed: seeds. */
  prepare?(parts: Parts): Promise<void>;
  /** Why this release must not consume now; undefined: it may. Asked before it joins, until it may. */
  incompatible?(parts: Parts): Promise<string | undefined>;
  /** What the service forgets by age, besides what every service does. */
  prune?: readonly Prune[];
  background?(parts: RunningParts): Background[];
  /** What the service waits for besides its database; undefined: nothing. */
  waitingFor?(parts: Parts): Promise<string | undefined>;
  details?(parts: Parts): Promise<object>;
};

export type RunningService = {
  port: number;
  log: Logger;
  /**
   * In this order: is not ready any more, serves on for SHUTDOWN_DELAY_MS, takes no more, finishes what is in flight, flushes the outbox,
   * closes. Each step has its limit; what did not end is logged.
   *
   * @param atOnce aborted: nobody needs to be told first
   */
  stop(atOnce?: AbortSignal): Promise<void>;
};

/**
 * What each step of a stop may take. Nothing is lost by a step that is cut short: what was not finished is found in the database by whoever
 * comes next. Together 20 s and SHUTDOWN_DELAY_MS, within the grace that docker-compose.yml and the stack runner give.
 */
const STOP_WITHIN_MS = {
  background: 1_000,
  consumer: 5_000,
  effects: 5_000,
  answers: 1_000,
  http: 5_000,
  relay: 4_000,
  database: 1_000,
};

const FIT_EVERY_MS = 2_000;
/** A reader that is well is a second or two behind. */
const SAID_FROM_SECONDS = 15;

export async function startService(
  definition: ServiceDefinition,
  { onDead }: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const { name, catalogue, config, batchDelay = adaptiveBatchDelay } = definition;
  const log = createLog({ service: name, instance: config.INSTANCE, level: config.LOG_LEVEL });
  const pool = createPool({ connectionString: config.DATABASE_URL, service: name, max: config.DATABASE_POOL_SIZE }, log);
  const readPool = createReadPool({ connectionString: config.DATABASE_URL, service: name }, log);
  const { registry, observe, onAnswered } = createMetrics(name, pool);
  const stopping = new AbortController();

  const kafka = { brokers: config.KAFKA_BROKERS, clientId: `${name}-${config.INSTANCE}` };
  const handover = createHandover();
  const relay = createRelay({
    service: name,
    connectionString: config.DATABASE_URL,
    pool,
    sender: createSender(kafka, log),
    handover,
    log,
    observe,
  });
  const parts: Parts = { pool, readPool, log, observe, registry, writer: { source: `/${name}`, catalogue }, handover };

  let effects: Effects | undefined;
  const processing: ProcessorOptions = {
    catalogue,
    consumer: name,
    pool,
    aggregates: definition.aggregates(parts),
    log,
    observe,
    effectLeaseMs: EFFECT_LEASE_MS,
    handover,
    beginsAtOnce: (count) => effects?.beginsAtOnce(count) ?? true,
    onEffects: (rows) => effects?.take(rows),
    onIncompatible: onDead,
  };
  const processor = createProcessor(processing);
  const replays = createReplays(processing);
  // Answers that arrive together are committed together.
  const answers = groupCommit<Incoming, void>({
    maxItems: 200,
    maxWaiting: Infinity, // bounded by the effects
    batchDelay,
    async run(incoming) {
      await processor.submit(incoming, stopping.signal);
      return incoming.map(() => undefined);
    },
  });
  if (definition.effects) {
    effects = createEffects({ pool, log, observe, answer: answers.submit, ...definition.effects });
    circuitGauge(registry, effects.circuitOpen);
  }

  const consumer = createConsumer({
    kafka,
    groupId: name,
    topics: processor.topics,
    partitionCount: processor.topics.reduce((sum, topic) => sum + catalogue.settingsOf(topic).partitions, 0),
    onBatch: processor.process,
    onDead,
    batchDelay,
    log,
  });
  consumerLagGauge(registry, consumer.lag);
  consumerBehindGauge(registry, consumer.behindMs);
  const watchdog = createWatchdog({ watched: watchedOf({ pool, consumer, relay }), onDead, log });
  const own = definition.background?.({ ...parts, processor, consumer }) ?? [];
  const background: [name: string, part: Background][] = [
    ['watchdog', watchdog],
    ['pruning', createPruning({ pool, catalogue, topics: processor.topics, own: definition.prune ?? [], log })],
    ['replays', replays.background],
    ...own.map((part, at): [string, Background] => [`own background ${at + 1}`, part]),
  ];

  let waiting: string | undefined = 'migrations';
  let leaving = false;
  const readiness: Readiness = {
    leaving: () => leaving,
    waitingFor: async () => waiting ?? (await definition.waitingFor?.(parts)),
    kafka: () => consumer.state(),
    async details() {
      const behindSeconds = Math.round(consumer.behindMs() / 1000);
      const own = await definition.details?.(parts);
      return { ...(behindSeconds >= SAID_FROM_SECONDS ? { behindSeconds } : {}), ...own };
    },
  };
  const calls = [...definition.endpoints(parts), ...deadLetterEndpoints(readPool, replays)].map((endpoint) => ({
    ...endpoint,
    async handle(raw: RawRequest) {
      if (waiting) throw tryLater(`The service is not at work: ${waiting}.`);
      return endpoint.handle(raw);
    },
  }));
  const endpoints = [...calls, ...operationsEndpoints(pool, registry, readiness)];
  const app = createHttpApp({ service: name, endpoints, log, onAnswered });
  const server = await listen(app, { host: config.HOST, port: config.PORT });
  log.info({ port: server.port }, 'listening');

  const started = start();
  started.catch((error: Error) => onDead(error));

  async function start(): Promise<void> {
    await retry(
      async () => {
        const applied = await migrate(config.DATABASE_URL, [
          MESSAGING_MIGRATIONS,
          { folder: definition.migrations, table: '_prisma_migrations' },
        ]);
        if (applied.length > 0) log.info({ applied }, 'migrations applied');
        await definition.prepare?.(parts);
      },
      {
        retryable: isTransient,
        backoff: { initialMs: 200, maxMs: 3_000 },
        signal: stopping.signal,
        onRetry: (error, _attempt, waitMs) =>
          log.warn({ err: error, trouble: inWords(error), waitMs }, `${briefly(error)} Trying again`),
      },
    );
    await waitUntilCompatible();
    if (stopping.signal.aborted) return;
    waiting = undefined;
    relay.start();
    effects?.start();
    void consumer.start();
    for (const [, part] of background) part.start();
  }

  async function waitUntilCompatible(): Promise<void> {
    while (!stopping.signal.aborted) {
      const reason = await definition.incompatible?.(parts).catch((error: unknown) => `database: ${inWords(error)}`);
      if (!reason) return;
      if (reason !== waiting) log.error({ reason }, 'this release cannot do the work; nothing is consumed');
      waiting = reason;
      await delay(FIT_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return { port: server.port, log, stop: (atOnce) => stop(server, atOnce) };

  async function stop(http: HttpServer, atOnce?: AbortSignal): Promise<void> {
    leaving = true;
    log.info({ delayMs: atOnce?.aborted ? 0 : config.SHUTDOWN_DELAY_MS }, 'stopping');
    if (!atOnce?.aborted) await delay(config.SHUTDOWN_DELAY_MS, undefined, { signal: atOnce }).catch(() => {});
    const cut = http.close(STOP_WITHIN_MS.http);
    const steps = (named: Record<string, [withinMs: number, run: () => Promise<unknown> | undefined]>) =>
      stopInSteps(
        Object.entries(named).map(([name, [withinMs, run]]) => ({ name, withinMs, run: async () => run() })),
        log,
      );
    await Promise.all(background.map(([name, part]) => steps({ [name]: [STOP_WITHIN_MS.background, part.stop] })));
    await steps({
      consumer: [STOP_WITHIN_MS.consumer, consumer.stop],
      effects: [STOP_WITHIN_MS.effects, () => effects?.stop()],
    });
    stopping.abort();
    await steps({ answers: [STOP_WITHIN_MS.answers, answers.idle] });
    const requests = await cut;
    if (requests.length > 0) log.warn({ step: 'requests', requests }, 'requests under way did not end in time; they are cut');
    await steps({
      relay: [STOP_WITHIN_MS.relay, relay.stop],
      database: [STOP_WITHIN_MS.database, () => Promise.all([pool.end(), readPool.end()])],
    });
    log.info({}, 'stopped');
  }
}
