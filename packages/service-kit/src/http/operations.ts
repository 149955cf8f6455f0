/** What every service answers besides its own calls and its dead letters: health and metrics. */
import { inWords } from '@sagakit/postgres/database-errors';
import type { Pool } from 'pg';
import type { Registry } from '@prometheus-io/client';
import { pingDatabase } from '@sagakit/postgres/pool';
import { type Endpoint, endpoint } from './endpoint.ts';

/**
 * Ready means: the service's own database answers and `started` holds. Kafka may be away: what HTTP asks for
 * is accepted all the same.
 */
export type Readiness = {
  /** True once the service is told to stop: it still serves, but nobody should send it more. */
  leaving(): boolean;
  /** Undefined once migrations ran and the service's own conditions hold; else what it waits for. */
  waitingFor(): Promise<string | undefined>;
  kafka(): string;
  details?(): Promise<object>;
};

export function operationsEndpoints(
  pool: Pool,
  registry: Pick<Registry, 'metrics' | 'contentType'>,
  readiness: Readiness,
): Endpoint[] {
  return [...health(pool, readiness), metrics(registry)];
}

function metrics(registry: Pick<Registry, 'metrics' | 'contentType'>): Endpoint {
  return endpoint({
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus metrics',
    access: 'open',
    inputs: {},
    responses: { 200: 'Prometheus text format' },
    handle: async () => ({
      status: 200,
      body: await registry.metrics(),
      headers: { 'content-type': registry.contentType },
    }),
  });
}

function health(pool: Pool, readiness: Readiness): Endpoint[] {
  let started = false;
  /** Whatever cannot be looked at is a reason, too. */
  async function look(): Promise<{ reason: string } | { details: object }> {
    try {
      await pingDatabase(pool, 2_000);
      const reason = await readiness.waitingFor();
      if (reason !== undefined) return { reason };
      const details = (await readiness.details?.()) ?? {};
      started = true;
      return { details };
    } catch (error) {
      return { reason: `database: ${inWords(error)}` };
    }
  }
  return [
    endpoint({
      method: 'get',
      path: '/health/live',
      summary: 'The process runs',
      access: 'open',
      inputs: {},
      responses: { 200: 'It does' },
      handle: async () => ({ status: 200, body: { status: 'live' } }),
    }),
    endpoint({
      method: 'get',
      path: '/health/started',
      summary:
        'The process runs, and has been ready before: for who must not take a wait for something broken',
      access: 'open',
      inputs: {},
      responses: { 200: 'It has', 503: 'What it waits for since it was started' },
      async handle() {
        const seen = started ? {} : await look();
        if ('reason' in seen) return { status: 503, body: { status: 'starting', ...seen } };
        return { status: 200, body: { status: 'started' } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/health/ready',
      summary: 'The service can do its work',
      access: 'open',
      inputs: {},
      responses: { 200: 'It can; `kafka` says whether messages flow', 503: 'What it waits for' },
      async handle() {
        if (readiness.leaving())
          return { status: 503, body: { status: 'not-ready', reason: 'stopping', kafka: readiness.kafka() } };
        const seen = await look();
        const kafka = readiness.kafka();
        if ('reason' in seen) return { status: 503, body: { status: 'not-ready', ...seen, kafka } };
        return { status: 200, body: { status: 'ready', kafka, ...seen.details } };
      },
    }),
  ];
}
