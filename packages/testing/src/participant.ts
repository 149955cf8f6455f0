/** A service's batch path without Kafka: its units on a real, fresh database with its migrations. Records are handed to it. */
import type { Envelope } from '@order-saga/contracts/envelope';
import { DEFINITIONS, definitionOf } from '@order-saga/contracts/registry';
import { sourceOf } from '@order-saga/contracts/topics';
import type { Message } from '@order-saga/contracts/message';
import { EFFECT_LEASE_MS } from '@order-saga/messaging/effects';
import { createHandover } from '@order-saga/messaging/handover';
import { quiet } from '@order-saga/messaging/log';
import { unobserved } from '@order-saga/messaging/observe';
import type { RawRecord } from '@order-saga/messaging/open';
import { createProcessor, type Processor, type ProcessorOptions } from '@order-saga/messaging/processor';
import { newId } from '@order-saga/messaging/random';
import { noCause, seal } from '@order-saga/messaging/seal';
import { newTraceparent } from '@order-saga/messaging/trace';
import { createPool } from '@order-saga/service-kit/database';
import { MESSAGING_MIGRATIONS, migrate } from '@order-saga/service-kit/migrate';
import type { Pool, QueryResultRow } from 'pg';
import { pino } from 'pino';
import { freshDatabase } from './infrastructure.ts';

export type Participant = {
  url: string;
  pool: Pool;
  /** What its processor was made with. */
  options: ProcessorOptions;
  processor: Processor;
  /** Hands it a batch; returns once that is committed. */
  process(...records: RawRecord[]): Promise<void>;
  query<T extends QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** What it wrote to the outbox about the subject, in order. */
  said(subject: string): Promise<{ type: string; data: unknown }[]>;
  close(): Promise<void>;
};

/** Never aborted: for calls that take a signal to stop by. */
export const never = new AbortController().signal;

/** @param migrations the service's own, beside those of the messaging tables */
export async function participant({
  migrations,
  ...options
}: Pick<ProcessorOptions, 'consumer' | 'units'> & Partial<ProcessorOptions> & { migrations?: URL }): Promise<Participant> {
  const { url, drop } = await freshDatabase();
  const own = migrations ? [{ folder: migrations, table: '_prisma_migrations' as const }] : [];
  await migrate(url, [MESSAGING_MIGRATIONS, ...own]);
  const pool = createPool({ connectionString: url, service: 'test', max: 5 }, pino({ level: 'silent' }));
  const whole: ProcessorOptions = {
    pool,
    log: quiet,
    observe: unobserved,
    effectLeaseMs: EFFECT_LEASE_MS,
    handover: createHandover(),
    onEffects() {},
    onUnfit() {},
    ...options,
  };
  const processor = createProcessor(whole);
  const query = async <T extends QueryResultRow>(text: string, values?: unknown[]) => (await pool.query<T>(text, values)).rows;
  return {
    url,
    pool,
    options: whole,
    processor,
    process: (...records) => processor.process(records, never),
    query,
    said: (subject) =>
      query(`select message::json->>'type' as type, message::json->'data' as data from outbox where key = $1 order by id`, [
        subject,
      ]),
    async close() {
      await pool.end();
      await drop();
    },
  };
}

/** A message as its writer would send it: the first of a story of its own. */
export const envelopeOf = (message: Message): Envelope =>
  seal(message, noCause(newId(), newTraceparent()), {
    source: sourceOf(definitionOf(message.type).topic),
    sequence: 1,
    now: new Date(),
  });

let offset = 0;

/** A record as Kafka delivers it. Text stands for what is no envelope. */
export function recordOf(message: Envelope | string, key = typeof message === 'string' ? 'x' : message.subject): RawRecord {
  const topic = typeof message === 'string' ? undefined : DEFINITIONS.get(message.type)?.topic;
  const value = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  return {
    topic: topic ?? 'inventory.commands',
    partition: 0,
    offset: String(offset++),
    key: Buffer.from(key),
    value,
    headers: [],
  };
}
