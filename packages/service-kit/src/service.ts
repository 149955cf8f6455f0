/**
 * Runs a service: its configuration, database and HTTP around the messaging runtime. What differs
 * (aggregates, effects, endpoints) is its definition.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Masks, masksOf } from '@sagakit/messages/personal';
import { requestsOf } from '@sagakit/messaging/dead-letters/mask';
import type { Replays } from '@sagakit/messaging/replay/replay';
import { createRuntime, type Runtime } from '@sagakit/messaging/runtime';
import { connectionOf } from '@sagakit/kafka/settings';
import { createPool, createReadPool } from '@sagakit/postgres/pool';
import { stopInSteps } from '@sagakit/resilience/stop-steps';
import type { Logger } from 'pino';
import type { Registry } from '@prometheus-io/client';
import { authOf, databaseOf } from './config.ts';
import type { Parts, ServiceDefinition } from './definition.ts';
import { authorizeBy } from './http/auth/authorize.ts';
import { deadLetterEndpoints } from './http/dead-letters.ts';
import type { Endpoint, RawRequest } from './http/endpoint.ts';
import { listen } from './http/listen.ts';
import { operationsEndpoints, type Readiness } from './http/operations.ts';
import { tryLater } from './http/problem.ts';
import { createHttpApp } from './http/server.ts';
import { createLog } from './logging.ts';
import { circuitGauge, consumerBehindGauge, consumerLagGauge, createMetrics } from './metrics.ts';
import { startUp } from './start-up.ts';

export type RunningService = {
  port: number;
  log: Logger;
  /**
   * In this order: is not ready any more, serves on for SHUTDOWN_DELAY_MS, takes no more, finishes what is in
   * flight, flushes the outbox, closes. Each step has its limit; what did not end is logged.
   *
   * @param atOnce aborted: nobody needs to be told first
   */
  stop(atOnce?: AbortSignal): Promise<void>;
};

/**
 * What the steps of a stop may take that are not the runtime's. All together take 20 s and SHUTDOWN_DELAY_MS,
 * within the grace that docker-compose.yml and the stack runner give.
 */
const STOP_WITHIN_MS = { http: 5_000, database: 1_000 };

/** A reader that is well is a second or two behind. */
const SAID_FROM_SECONDS = 15;

export async function startService(
  definition: ServiceDefinition,
  { onDead }: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const { name, config } = definition;
  const { masks, log } = maskedLog(definition);
  const address = databaseOf(config);
  const pool = createPool({ address, service: name, max: config.DATABASE_POOL_SIZE }, log);
  const readPool = createReadPool({ address, service: name }, log);
  const { registry, observe, onAnswered } = createMetrics(definition.catalogue, name, pool);
  const own = { pool, readPool, log, observe, registry };
  const runtime = createRuntime({
    service: name,
    catalogue: definition.catalogue,
    masks,
    kafka: connectionOf(config, `${name}-${config.INSTANCE}`),
    database: address,
    pool,
    aggregates: (writing) => definition.aggregates({ ...own, ...writing }),
    effects: definition.effects,
    batchDelay: definition.batchDelay,
    prune: definition.prune,
    background: (running) => definition.background?.({ ...own, ...running }) ?? [],
    onDead,
    log,
    observe,
  });
  const { writer, outbox } = runtime;
  const parts: Parts = { ...own, writer, outbox };
  messagingGauges(registry, runtime);

  let waiting: string | undefined = 'migrations';
  let leaving = false;
  const isWaiting = () => waiting;
  const readiness = readinessOf(definition, parts, runtime, { leaving: () => leaving, waiting: isWaiting });
  const calls = callsOf(definition, parts, { ...runtime, masks }).map(onlyAtWork(isWaiting));
  const endpoints = [...calls, ...operationsEndpoints(pool, registry, readiness)];
  const title = `${definition.catalogue.system} ${name}`;
  const authorize = authorizeBy(authOf(config), definition.catalogue.system, log);
  const app = createHttpApp({ title, endpoints, authorize, log, onAnswered });
  const server = await listen(app, { host: config.HOST, port: config.PORT });
  log.info({ port: server.port }, 'listening');

  const starting = new AbortController();
  const started = startUp(definition, parts, {
    signal: starting.signal,
    onWaiting: (reason) => void (waiting = reason),
  });
  started.then((ready) => ready && runtime.start()).catch((error: Error) => onDead(error));

  async function stop(atOnce?: AbortSignal): Promise<void> {
    leaving = true;
    log.info({ delayMs: atOnce?.aborted ? 0 : config.SHUTDOWN_DELAY_MS }, 'stopping');
    if (!atOnce?.aborted)
      await delay(config.SHUTDOWN_DELAY_MS, undefined, { signal: atOnce }).catch(() => {});
    starting.abort();
    const cut = server.close(STOP_WITHIN_MS.http);
    await runtime.stop(async () => {
      const requests = await cut;
      if (requests.length > 0)
        log.warn({ step: 'requests', requests }, 'requests under way did not end in time; they are cut');
    });
    const closeDatabase = () => Promise.all([pool.end(), readPool.end()]);
    await stopInSteps([{ name: 'database', withinMs: STOP_WITHIN_MS.database, run: closeDatabase }], log);
    log.info({}, 'stopped');
  }

  return { port: server.port, log, stop };
}

/** What the messages' schemas mark is in no log. */
function maskedLog({ name, catalogue, config, effects }: ServiceDefinition): { masks: Masks; log: Logger } {
  const masks = masksOf(catalogue, requestsOf((effects?.handlers ?? []).map(({ effect }) => effect)));
  const { INSTANCE: instance, LOG_LEVEL: level } = config;
  return { masks, log: createLog({ service: name, instance, level, hidden: masks.names }) };
}

function callsOf(
  definition: ServiceDefinition,
  parts: Parts,
  { replays, masks }: { replays: Replays; masks: Masks },
): Endpoint[] {
  return [
    ...definition.endpoints(parts),
    ...deadLetterEndpoints(parts.readPool, replays, definition.operators, masks),
  ];
}

function messagingGauges(registry: Registry, { writer, consumer, effects }: Runtime): void {
  if (effects) circuitGauge(writer.catalogue, registry, effects.circuitOpen);
  consumerLagGauge(writer.catalogue, registry, consumer.lag);
  consumerBehindGauge(writer.catalogue, registry, consumer.behindMs);
}

function readinessOf(
  definition: ServiceDefinition,
  parts: Parts,
  { consumer }: Runtime,
  { leaving, waiting }: { leaving: () => boolean; waiting: () => string | undefined },
): Readiness {
  return {
    leaving,
    waitingFor: async () => waiting() ?? (await definition.waitingFor?.(parts)),
    kafka: () => consumer.state(),
    async details() {
      const behindSeconds = Math.round(consumer.behindMs() / 1000);
      const own = await definition.details?.(parts);
      return { ...(behindSeconds >= SAID_FROM_SECONDS ? { behindSeconds } : {}), ...own };
    },
  };
}

/** Until the service is at work every request is told to come back. */
const onlyAtWork =
  (waiting: () => string | undefined) =>
  (endpoint: Endpoint): Endpoint => ({
    ...endpoint,
    async handle(raw: RawRequest) {
      const reason = waiting();
      if (reason) throw tryLater(`The service is not at work: ${reason}.`);
      return endpoint.handle(raw);
    },
  });
