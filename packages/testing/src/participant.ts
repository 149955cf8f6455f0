/**
 * A service's batch path without Kafka: its aggregates on a real, fresh database with its migrations. Records
 * are handed to it.
 */
import type { Envelope } from '@sagakit/messages/envelope';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Message } from '@sagakit/messages/define';
import { masksOf } from '@sagakit/messages/personal';
import type { Declared } from '@sagakit/messaging/aggregate/aggregate';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
import { EFFECT_LEASE_MS } from '@sagakit/messaging/effects/effects';
import { createOutboxBuffer } from '@sagakit/messaging/outbox/outbox-buffer';
import { quiet } from '@sagakit/resilience/log';
import { unobserved } from '@sagakit/messaging/observe';
import type { RawRecord } from '@sagakit/kafka/record';
import { createProcessor, type Processor, type ProcessorOptions } from '@sagakit/messaging/inbox/processor';
import { newId } from '@sagakit/resilience/ids';
import { rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { newTraceparent } from '@sagakit/messaging/trace';
import { createPool } from '@sagakit/postgres/pool';
import { MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { migrate } from '@sagakit/postgres/migrate';
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

/**
 * @param aggregates as the service declares them; or by hand
 * @param migrations the service's own, beside those of the messaging tables
 */
export async function participant({
  migrations,
  aggregates,
  ...options
}: Pick<ProcessorOptions, 'catalogue' | 'consumer'> &
  Partial<Omit<ProcessorOptions, 'aggregates'>> & {
    aggregates: readonly (Declared | Aggregate)[];
    migrations?: URL;
  }): Promise<Participant> {
  const { url, drop } = await freshDatabase();
  const own = migrations ? [{ folder: migrations, table: '_prisma_migrations' as const }] : [];
  await migrate(url, [MESSAGING_MIGRATIONS, ...own]);
  const pool = createPool({ address: url, service: 'test', max: 5 }, pino({ level: 'silent' }));
  const writer = { source: `/${options.consumer}`, catalogue: options.catalogue };
  const whole: ProcessorOptions = {
    aggregates: aggregates.map((each) => ('bind' in each ? each.bind(writer) : each)),
    pool,
    masks: masksOf(options.catalogue),
    log: quiet,
    observe: unobserved,
    effectLeaseMs: EFFECT_LEASE_MS,
    outbox: createOutboxBuffer(),
    onEffects() {},
    onIncompatible() {},
    ...options,
  };
  const processor = createProcessor(whole);
  const query = async <T extends QueryResultRow>(text: string, values?: unknown[]) =>
    (await pool.query<T>(text, values)).rows;
  return {
    url,
    pool,
    options: whole,
    processor,
    process: (...records) => processor.process(records, never),
    query,
    said: (subject) =>
      query(
        `select message::json->>'type' as type, message::json->'data' as data from outbox where key = $1 order by id`,
        [subject],
      ),
    async close() {
      await pool.end();
      await drop();
    },
  };
}

let offset = 0;

/**
 * A message as its sender would send it, and a record as Kafka delivers it.
 *
 * @param elsewhere the topic of what is no message of the catalogue
 */
export function messagesOf(catalogue: Catalogue, elsewhere = 'nowhere') {
  const sourceOf = ({ type }: Message) => catalogue.sourceOf(catalogue.definitionOf(type).topic);
  return {
    /** As its own writer sends it: the first of a conversation. */
    envelopeOf: (message: Message): Envelope =>
      toEnvelope(message, rootContext(newId(), newTraceparent()), {
        writer: { source: sourceOf(message), catalogue },
        sequence: 1,
        now: new Date(),
      }),
    /** Text stands for what is no envelope. */
    recordOf(
      message: Envelope | string,
      key = typeof message === 'string' ? 'x' : message.subject,
    ): RawRecord {
      const value = typeof message === 'string' ? message : JSON.stringify(message);
      const home = typeof message === 'string' ? undefined : catalogue.messages.get(message.type)?.topic;
      return rawRecord(home ?? elsewhere, key, value);
    },
  };
}

function rawRecord(topic: string, key: string, value: string): RawRecord {
  return {
    topic,
    partition: 0,
    offset: String(offset++),
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: [],
  };
}
