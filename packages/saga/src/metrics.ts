import type { Catalogue } from '@sagakit/messages/catalogue';
import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';
import type { Pool } from 'pg';
import { within } from '@sagakit/postgres/pool';
import type { SagaSubject } from './release.ts';
import type { SagaEnded } from './runner/unit.ts';

const SCRAPED_WITHIN_MS = 3_000;

/** What an operator asks of sagas: how they end, how long that takes, how many are under way. */
export function sagaMetrics(
  { identifier }: Pick<Catalogue, 'identifier'>,
  registry: Registry,
  pool: Pool,
  { column }: SagaSubject,
): SagaEnded {
  const named = (name: string) => `${identifier}_${name}`;
  const registers = [registry];
  const ended = new Counter({
    name: named('sagas_ended_total'),
    help: 'Sagas that ended, or wait for an operator (needs-attention), by outcome',
    labelNames: ['saga', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: named('saga_seconds'),
    help: 'From the start of a saga to its end',
    labelNames: ['saga', 'outcome'],
    buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800],
    registers,
  });
  new Gauge({
    name: named('sagas'),
    help: 'Sagas that have not ended, by status; `overdue`: past the deadline of the running step',
    labelNames: ['status'],
    registers,
    /** Read when it is scraped; while the database is away it is absent. */
    async collect() {
      this.reset();
      const { rows } = await pool
        .query<{ status: string; count: string }>(
          within(
            SCRAPED_WITHIN_MS,
            `select status, count(*) from sagas where status = any('{running,compensating,needs-attention}') group by status
             union all select 'overdue', count(*) from deadlines d join sagas s using (${column}) where s.deadline_at < now()`,
          ),
        )
        .catch(() => ({ rows: [] }));
      for (const status of ['running', 'compensating', 'needs-attention', 'overdue']) {
        if (rows.length > 0)
          this.set({ status }, Number(rows.find((row) => row.status === status)?.count ?? 0));
      }
    },
  });
  return ({ name, status }, took) => {
    ended.inc({ saga: name, outcome: status });
    seconds.observe({ saga: name, outcome: status }, took);
  };
}
