/**
 * Puts the console together. It reads topics and writes its own database; nobody waits for it, and nobody
 * knows it.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import { SERVICES } from '@order-saga/contracts/system';
import { connectionOf } from '@sagakit/kafka/settings';
import { briefly, isTransient, troubleOf } from '@sagakit/postgres/database-errors';
import { createPool, createReadPool } from '@sagakit/postgres/pool';
import { retry } from '@sagakit/resilience/retry';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { authOf, databaseOf } from '@sagakit/service-kit/config';
import type { Endpoint } from '@sagakit/service-kit/http/endpoint';
import { listen } from '@sagakit/service-kit/http/listen';
import { operationsEndpoints } from '@sagakit/service-kit/http/operations';
import { tryLater } from '@sagakit/service-kit/http/problem';
import { createLog } from '@sagakit/service-kit/logging';
import type { RunningService } from '@sagakit/service-kit/service';
import { accessOf, tokensOf } from './access.ts';
import { type Config, config as readConfig } from './config.ts';
import { createDefinitions, type KnownDefinitions } from './definitions.ts';
import { findDeadLetter } from './http/dead-letter.ts';
import { configEndpoint, overviewEndpoint } from './http/about.ts';
import { consoleMetrics } from './http/metrics.ts';
import { CONTENT_TYPE } from './http/metrics-text.ts';
import { modelEndpoints } from './http/model.ts';
import type { Read } from './http/read.ts';
import { createConsoleApp } from './http/server.ts';
import { shopEndpoints } from './http/shop.ts';
import { storyEndpoints } from './http/stories.ts';
import { HIDDEN } from './projection/mask.ts';
import { signedInAtFirst, signInEndpoints, withSession } from './sign-in/endpoints.ts';
import { createReadModel, type ReadModel } from './store/model.ts';
import { createHub, type Hub } from './stream/hub.ts';
import { createTelemetry, type Telemetry } from './telemetry/intake.ts';
import { createUpstream } from './upstream.ts';

const NAME = 'console';
const VERSION = '0.1.0';
const STOP_WITHIN_MS = 5_000;

export async function startConsole(
  environment: NodeJS.ProcessEnv,
  { onDead }: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readConfig(environment);
  const log = createLog({
    service: NAME,
    instance: config.INSTANCE,
    level: config.LOG_LEVEL,
    hidden: HIDDEN,
  });
  const { authorize, signIn, providerAnswers } = accessOf(config, authOf(config), log);
  const parts = assemble(config, log, onDead);
  const { pool, readPool, hub, model, telemetry } = parts;
  const state: State = { waiting: 'its tables', leaving: false };
  const stopping = new AbortController();
  const endpoints = [
    ...ownEndpoints(parts, config, state),
    ...signInEndpoints(signIn),
    ...operations(parts, state),
  ];
  const signingIn = [signedInAtFirst(signIn, providerAnswers), withSession(signIn)];
  const app = createConsoleApp({ name: NAME, endpoints, hub, telemetry, config, log, authorize, signingIn });
  const server = await listen(app, { host: config.HOST, port: config.PORT });
  log.info({ port: server.port }, 'listening');

  const starting = startReading(parts, stopping.signal, log).then(
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

/** `waiting`: for what it does not answer yet. */
type State = { waiting: string | undefined; leaving: boolean };

type Parts = {
  pool: Pool;
  readPool: Pool;
  hub: Hub;
  model: ReadModel;
  telemetry: Telemetry;
  definitions: KnownDefinitions;
  read: Read;
};

function assemble(config: Config, log: Logger, onDead: (error: Error) => void): Parts {
  const address = databaseOf(config);
  const pool = createPool({ address, service: NAME, max: config.DATABASE_POOL_SIZE }, log);
  const readPool = createReadPool({ address, service: NAME }, log);
  const hub = createHub();
  const upstream = createUpstream(config.SERVICE_URLS, tokensOf(config));
  const definitions = createDefinitions({ pool, upstream, log });
  const telemetry = createTelemetry({ pool, db: readPool, hub, log });
  const topics = [...catalogue.topics.keys()];
  const model = createReadModel({
    pool,
    kafka: connectionOf(config, `${NAME}-${config.INSTANCE}`),
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
    telemetry,
    findDeadLetter: (id) => findDeadLetter(upstream, SERVICES, id),
  };
  return { pool, readPool, hub, model, telemetry, definitions, read };
}

/** Waits for a database that is away. */
const startReading = ({ model, definitions }: Parts, signal: AbortSignal, log: Logger): Promise<void> =>
  retry(
    async () => {
      await model.start();
      await definitions.load();
    },
    {
      retryable: isTransient,
      backoff: { initialMs: 200, maxMs: 3_000 },
      signal,
      onRetry: (error, _attempt, waitMs) =>
        log.warn({ ...troubleOf(error), waitMs }, `${briefly(error)} Trying again`),
    },
  );

/** Answered once the tables are there. */
function ownEndpoints({ read, model, telemetry }: Parts, config: Config, state: State): Endpoint[] {
  const all = [
    configEndpoint(config, VERSION),
    overviewEndpoint(read, Date.now),
    ...storyEndpoints(read),
    ...shopEndpoints(read),
    ...modelEndpoints(model, telemetry),
  ];
  return all.map((one) => ({
    ...one,
    async handle(raw) {
      if (state.waiting) throw tryLater(`The console is not at work: it waits for ${state.waiting}.`);
      return one.handle(raw);
    },
  }));
}

const operations = (parts: Parts, state: State): Endpoint[] =>
  operationsEndpoints(
    parts.pool,
    { metrics: async () => consoleMetrics(parts), contentType: CONTENT_TYPE },
    {
      leaving: () => state.leaving,
      waitingFor: async () => state.waiting,
      kafka: parts.model.kafka,
    },
  );
