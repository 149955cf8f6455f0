import { withTimeout } from '@sagakit/resilience/timeout';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Observe } from '@sagakit/messaging/observe';
import type { Pool } from 'pg';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { within } from '@sagakit/postgres/pool';
import type { HttpAppOptions } from './http/server.ts';

export type Metrics = { registry: Registry; observe: Observe; onAnswered: HttpAppOptions['onAnswered'] };

/** Whose metrics they are: all names begin with the system's. */
export type System = Pick<Catalogue, 'identifier'>;

const naming =
  ({ identifier }: System) =>
  (name: string) =>
    `${identifier}_${name}`;

/** The metrics that every service has; all labels are bounded sets. */
export function createMetrics(system: System, service: string, pool: Pool): Metrics {
  const named = naming(system);
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  // With the defaults (10 and 100 ms) they would wake an idle process a hundred times a second.
  collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: 500,
    eventLoopUtilizationTimeout: 10_000,
  });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: named(name), help, labelNames, registers });

  const handled = counter('messages_handled_total', 'Messages that took effect or were ignored by name', [
    'type',
  ]);
  const ignored = counter('messages_ignored_total', 'Messages that changed nothing, by reason', [
    'type',
    'reason',
  ]);
  const duplicates = counter('messages_duplicate_total', 'Messages that the inbox dropped', []);
  const parked = counter('messages_parked_total', 'Messages that can never succeed', ['reason']);
  const sent = counter('messages_sent_total', 'Messages that the relay sent', []);
  const effects = counter('effects_total', 'Calls to the outside', ['kind', 'outcome']);
  const batchSize = new Histogram({
    name: named('batch_messages'),
    help: 'Messages committed in one transaction',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const batchSeconds = new Histogram({
    name: named('batch_seconds'),
    help: 'From the first statement of a batch to its COMMIT',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  });
  const requestSeconds = new Histogram({
    name: named('http_request_seconds'),
    help: 'From a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  });
  databaseGauges(system, pool, registers);

  return {
    registry,
    onAnswered: ({ method, route, status, seconds }) =>
      requestSeconds.observe({ method, route, status }, seconds),
    observe: {
      batch(messages, seconds) {
        batchSize.observe(messages);
        batchSeconds.observe(seconds);
      },
      handled: (type) => handled.inc({ type }),
      ignored: (type, reason) => ignored.inc({ type, reason }),
      duplicate: (count) => duplicates.inc(count),
      parked: (reason) => parked.inc({ reason }),
      sent: (messages) => sent.inc(messages),
      effect: (kind, outcome) => effects.inc({ kind, outcome }),
    },
  };
}

/** Asked of the broker when it is scraped; absent while it does not answer. */
export function consumerLagGauge(
  system: System,
  registry: Registry,
  lag: () => Promise<Map<string, number>>,
): void {
  new Gauge({
    name: naming(system)('consumer_lag_messages'),
    help: "Messages that lie unread in this replica's partitions",
    labelNames: ['topic'],
    registers: [registry],
    async collect() {
      const known = await withTimeout(lag(), SCRAPED_WITHIN_MS).catch(() => undefined);
      this.reset();
      for (const [topic, messages] of known ?? []) this.set({ topic }, messages);
    },
  });
}

/** A reader that something holds is seen here, however little lies unread. */
export function consumerBehindGauge(system: System, registry: Registry, behindMs: () => number): void {
  new Gauge({
    name: naming(system)('consumer_behind_seconds'),
    help: "How long ago all that had been written to this replica's partitions was handled",
    registers: [registry],
    collect() {
      this.set(behindMs() / 1000);
    },
  });
}

/**
 * A scrape waits ten seconds at most; a broker or a database that is away must not cost it the other figures.
 */
const SCRAPED_WITHIN_MS = 3_000;

/** Read when they are scraped; while the database is away they are absent. */
function databaseGauges(system: System, pool: Pool, registers: Registry[]): void {
  const gauge = (name: string, help: string, sql: string) =>
    new Gauge({
      name: naming(system)(name),
      help,
      registers,
      async collect() {
        const value = await pool.query<{ value: string }>(within(SCRAPED_WITHIN_MS, sql)).then(
          ({ rows }) => Number(rows[0]?.value ?? 0),
          () => undefined,
        );
        if (value === undefined) this.reset();
        else this.set(value);
      },
    });
  gauge('outbox_messages', 'Messages committed and not yet sent', 'select count(*) as value from outbox');
  gauge(
    'outbox_age_seconds',
    'Age of the oldest message not yet sent',
    'select coalesce(extract(epoch from now() - created_at), 0) as value from outbox order by id limit 1',
  );
  gauge(
    'dead_letters',
    'Parked messages that wait for an operator',
    `select count(*) as value from dead_letters where status = 'parked'`,
  );
  gauge('effects_waiting', 'Calls to the outside not yet answered', 'select count(*) as value from effects');
  // Ids are in the order of time; but for a replayed call, which has its old id and waits from the replay on:
  // at worst it is told so much later how long those behind it wait.
  gauge(
    'effects_age_seconds',
    'Age of the oldest call to the outside not yet answered, held back and retried ones too',
    'select coalesce(extract(epoch from now() - created_at), 0) as value from effects order by id limit 1',
  );
  gauge(
    'effects_retrying',
    'Calls to the outside that failed and are tried again',
    'select count(*) as value from effects where attempts > 0',
  );
  gauge(
    'dead_letters_not_copied',
    'Parked messages whose copy the broker refuses for good',
    'select count(*) as value from dead_letters where copy_error is not null',
  );
}

/** 1 while the other side seems to be away and calls are held back. */
export function circuitGauge(system: System, registry: Registry, open: () => boolean): void {
  new Gauge({
    name: naming(system)('circuit_open'),
    help: 'Calls to the outside are held back: 1 while they fail one after the other',
    registers: [registry],
    collect() {
      this.set(open() ? 1 : 0);
    },
  });
}
