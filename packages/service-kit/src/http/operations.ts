/** What every service answers besides its own calls: health, metrics, dead letters. */
import { findDeadLetter, listDeadLetters } from '@order-saga/messaging/dead-letters';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { pingDatabase } from '../database.ts';
import { decodeCursor, type Endpoint, encodeCursor, endpoint, Paging } from './endpoint.ts';
import { Problem } from './problem.ts';

/** Ready means: the service's own database answers and `started` holds. Kafka may be away: orders are accepted all the same. */
export type Readiness = {
  /** Undefined once migrations ran and the service's own conditions hold; else what it waits for. */
  waitingFor(): Promise<string | undefined>;
  kafka(): string;
  details?(): Promise<object>;
};

export function operationsEndpoints(pool: Pool, registry: Registry, readiness: Readiness): Endpoint[] {
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
      path: '/health/ready',
      summary: 'The service can do its work',
      inputs: {},
      answers: { 200: 'It can; `kafka` says whether messages flow', 503: 'What it waits for' },
      async handle() {
        const reason = await pingDatabase(pool, 2_000).then(
          () => readiness.waitingFor(),
          (error: Error) => `database: ${error.message}`,
        );
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
    ...deadLetterEndpoints(pool),
  ];
}

const Cursor = z.object({ parkedAt: z.iso.datetime(), id: z.uuid() });

function deadLetterEndpoints(pool: Pool): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/dead-letters',
      summary: 'Messages that this service parked, newest first',
      inputs: { query: z.object(Paging) },
      answers: { 200: '{items, nextCursor?}' },
      async handle({ query }) {
        const before = decodeCursor(Cursor, query.cursor);
        const items = await listDeadLetters(pool, { limit: query.limit, before });
        const last = items.at(-1);
        const more = last && items.length === query.limit;
        return {
          status: 200,
          body: { items, ...(more ? { nextCursor: encodeCursor({ parkedAt: last.parkedAt, id: last.id }) } : {}) },
        };
      },
    }),
    endpoint({
      method: 'get',
      path: '/dead-letters/:id',
      summary: 'One parked message, with what was received',
      inputs: { params: z.object({ id: z.uuid() }) },
      answers: { 200: 'The message', 404: 'No such message' },
      async handle({ params }) {
        const letter = await findDeadLetter(pool, params.id);
        if (!letter) throw new Problem(404, `No message ${params.id} is parked here.`);
        return { status: 200, body: letter };
      },
    }),
  ];
}
