/**
 * Puts the console together. It reads topics and writes its own database; nobody waits for it, and nobody
 * knows it.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import { SERVICES } from '@order-saga/contracts/system';
import { briefly, inWords, isTransient } from '@sagakit/postgres/database-errors';
import { createPool, createReadPool } from '@sagakit/postgres/pool';
import { retry } from '@sagakit/resilience/retry';
import type { Endpoint } from '@sagakit/service-kit/http/endpoint';
import { listen } from '@sagakit/service-kit/http/listen';
import { operationsEndpoints } from '@sagakit/service-kit/http/operations';
import { tryLater } from '@sagakit/service-kit/http/problem';
import { createLog } from '@sagakit/service-kit/logging';
import type { RunningService } from '@sagakit/service-kit/service';
import { type Config, config as readConfig } from './config.ts';
import { createDefinitions } from './definitions.ts';
import { findDeadLetter } from './http/dead-letter.ts';
import { configEndpoint, overviewEndpoint } from './http/about.ts';
import { CONTENT_TYPE, metricsText } from './http/metrics-text.ts';
import { modelEndpoints } from './http/model.ts';
import type { Read } from './http/read.ts';
import { createConsoleApp } from './http/server.ts';
import { shopEndpoints } from './http/shop.ts';
import { storyEndpoints } from './http/stories.ts';
import { createReadModel, type ReadModel } from './store/model.ts';
import { createHub, type Hub } from './stream/hub.ts';
import { createUpstream } from './upstream.ts';

const NAME = 'console';
const VERSION = '0.1.0';
const STOP_WITHIN_MS = 5_000;

export async function startConsole(
  environment: NodeJS.ProcessEnv,
  { onDead }: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readConfig(environment);
  const log = createLog({ service: NAME, instance: config.INSTANCE, level: config.LOG_LEVEL });
  const { DATABASE_URL: connectionString } = config;
  const pool = createPool({ connectionString, service: NAME, max: config.DATABASE_POOL_SIZE }, log);
  const readPool = createReadPool({ connectionString, service: NAME }, log);
  const hub = createHub();
  const upstream = createUpstream(config.SERVICE_URLS);
  const definitions = createDefinitions({ pool, upstream, log });
  const topics = [...catalogue.topics.keys()];
  const model = createReadModel({
    pool,
    kafka: { brokers: config.KAFKA_BROKERS, clientId: `${NAME}-${config.INSTANCE}` },
    topics,
    partitionCount: topics.reduce((sum, topic) => sum + catalogue.settingsOf(topic).partitions, 0),
    hub,
    log,
    onDead,
  });
  const read: Read = {
    db: readPool,
    generation: model.active,
    definitions: definitions.all,
    hub,
    upstream,
    findDeadLetter: (id) => findDeadLetter(upstream, SERVICES, id),
  };
  const state = { waiting: 'its tables' as string | undefined, leaving: false };
  const stopping = new AbortController();
  const endpoints = [...ownEndpoints(read, model, config, state), ...operations(pool, model, hub, state)];
  const app = createConsoleApp({ name: NAME, endpoints, hub, config, log });
  const server = await listen(app, { host: config.HOST, port: config.PORT });
  log.info({ port: server.port }, 'listening');

  const starting = retry(
    async () => {
      await model.start();
      await definitions.load();
    },
    {
      retryable: isTransient,
      backoff: { initialMs: 200, maxMs: 3_000 },
      signal: stopping.signal,
      onRetry: (error, _attempt, waitMs) =>
        log.warn({ err: error, trouble: inWords(error), waitMs }, `${briefly(error)} Trying again`),
    },
  ).then(
    () => {
      state.waiting = undefined;
    },
    (error: Error) => {
      if (!stopping.signal.aborted) onDead(error);
    },
  );

  return {
    port: server.port,
    log,
    async stop() {
      state.leaving = true;
      stopping.abort();
      hub.close();
      await Promise.all([server.close(STOP_WITHIN_MS), starting.then(model.stop)]);
      await Promise.all([pool.end(), readPool.end()]);
      log.info({}, 'stopped');
    },
  };
}

/** Answered once the tables are there. */
function ownEndpoints(
  read: Read,
  model: ReadModel,
  config: Config,
  state: { waiting: string | undefined },
): Endpoint[] {
  const all = [
    configEndpoint(config, VERSION),
    overviewEndpoint(read, Date.now),
    ...storyEndpoints(read),
    ...shopEndpoints(read),
    ...modelEndpoints(model),
  ];
  return all.map((one) => ({
    ...one,
    async handle(raw) {
      if (state.waiting) throw tryLater(`The console is not at work: it waits for ${state.waiting}.`);
      return one.handle(raw);
    },
  }));
}

function operations(
  pool: Parameters<typeof operationsEndpoints>[0],
  model: ReadModel,
  hub: Hub,
  state: { waiting: string | undefined; leaving: boolean },
): Endpoint[] {
  const metrics = async () =>
    metricsText([
      {
        name: 'order_saga_console_records_total',
        help: 'Records read',
        kind: 'counter',
        value: model.counts().read,
      },
      {
        name: 'order_saga_console_records_left_out_total',
        help: 'Records that could not be written to the read model',
        kind: 'counter',
        value: model.counts().skipped,
      },
      {
        name: 'order_saga_console_behind_seconds',
        help: 'How long ago everything that had been written was in the read model',
        kind: 'gauge',
        value: model.behindMs() / 1_000,
      },
      {
        name: 'order_saga_console_listeners',
        help: 'Pages that listen',
        kind: 'gauge',
        value: hub.listeners(),
      },
      {
        name: 'process_resident_memory_bytes',
        help: 'Resident memory size in bytes.',
        kind: 'gauge',
        value: process.memoryUsage.rss(),
      },
    ]);
  return operationsEndpoints(
    pool,
    { metrics, contentType: CONTENT_TYPE },
    { leaving: () => state.leaving, waitingFor: async () => state.waiting, kafka: model.kafka },
  );
}
