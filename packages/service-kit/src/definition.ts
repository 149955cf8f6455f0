/** What a service is made of: its definition, and the parts that its own code gets. */
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
import type { Prune } from '@sagakit/messaging/maintenance/prune';
import type { Observe } from '@sagakit/messaging/observe';
import type { Running, RuntimeOptions, Writing } from '@sagakit/messaging/runtime';
import type { Background } from '@sagakit/resilience/background';
import type { BatchDelay } from '@sagakit/resilience/batch-delay';
import type { Registry } from '@prometheus-io/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { ServiceConfig } from './config.ts';
import type { OperatorAccess } from './http/auth/access.ts';
import type { Endpoint } from './http/endpoint.ts';
import type { Tables } from './migrations.ts';

/** What a service's own parts are made with. */
export type Parts = Writing & {
  /** For transactions. */
  pool: Pool;
  /** For what HTTP reads: each query is answered, or fails, before its caller gives up. */
  readPool: Pool;
  log: Logger;
  observe: Observe;
  /** For metrics of the service's own. */
  registry: Registry;
};

/** For what runs beside the batch path and needs it (the deadlines of sagas). */
export type RunningParts = Parts & Running;

export type ServiceDefinition = Tables & {
  name: string;
  /** The messages of the system. */
  catalogue: Catalogue;
  config: ServiceConfig;
  /** What operators' calls ask for, in the system's scopes. */
  operators: OperatorAccess;
  aggregates(parts: Parts): Aggregate[];
  endpoints(parts: Parts): Endpoint[];
  effects?: RuntimeOptions['effects'];
  /**
   * How long messages and results of effects gather before the next batch of them is taken. Default: by load.
   */
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
