/** What every service answers besides its own calls and its dead letters: health and metrics. */
import { inWords } from '@sagakit/postgres/database-errors';
import type { Pool } from 'pg';
import type { Registry } from '@prometheus-io/client';
import { pingDatabase } from '@sagakit/postgres/pool';
import { type Endpoint, endpoint } from './endpoint.ts';

/** Ready means: the service's own database answers and `started` holds. Kafka may be away: orders are accepted all the same. */
export type Readiness = {
  /** True once the service is told to stop: it still serves, but nobody should send it more. */
  leaving(): boolean;
  /** Undefined once migrations ran and the service's own conditions hold; else what it waits for. */
  waitingFor(): Promise<string | undefined>;
  kafka(): string;
  details?(): Promise<object>;
};

export function operationsEndpoints(pool: Pool, registry: Registry, readiness: Readiness): Endpoint[] {
  let started = false;
  async function whyNotReady(): Promise<string | undefined> {
    const reason = await pingDatabase(pool, 2_000).then(
      () => readiness.waitingFor(),
      (error: unknown) => `database: ${inWords(error)}`,
    );
    started ||= reason === undefined;
    return reason;
  }
  return [
    endpoint({
      method: 'get',
      path: '/health/live',
      summary: 'The process runs',
      inputs: {},
      answers: { 200: 'It does' },
      handle: async () => ({ status: 200, body: { status: 'live' } }),
    }),
    endpoint({
      method: 'get',
      path: '/health/started',
      summary: 'The process runs, and has been ready before: for who must not take a wait for something broken',
      inputs: {},
      answers: { 200: 'It has', 503: 'What it waits for since it was started' },
      async handle() {
        const reason = started ? undefined : await whyNotReady();
        if (reason) return { status: 503, body: { status: 'starting', reason } };
        return { status: 200, body: { status: 'started' } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/health/ready',
      summary: 'The service can do its work',
      inputs: {},
      answers: { 200: 'It can; `kafka` says whether messages flow', 503: 'What it waits for' },
      async handle() {
        if (readiness.leaving())
          return { status: 503, body: { status: 'not-ready', reason: 'stopping', kafka: readiness.kafka() } };
        const reason = await whyNotReady();
        const kafka = readiness.kafka();
        if (reason) return { status: 503, body: { status: 'not-ready', reason, kafka } };
        return { status: 200, body: { status: 'ready', kafka, ...(await readiness.details?.()) } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/metrics',
      summary: 'Prometheus metrics',
      inputs: {},
      answers: { 200: 'Prometheus text format' },
      handle: async () => ({ status: 200, body: await registry.metrics(), headers: { 'content-type': registry.contentType } }),
    }),
  ];
}
