/**
 * The figures of the last minutes: orders by outcome and reason, revenue, how long they took, messages by
 * minute.
 */
import { CURRENCY } from '@order-saga/contracts/values';
import type { Pool } from 'pg';
import type { Overview } from '../api.ts';
import { iso } from './read-story.ts';
import { schemaOf } from './schema.ts';

type Db = Pick<Pool, 'query'>;
type Figures = Omit<Overview, 'attention'> & { sagasNeedAttention: number };

export async function readOverview(
  db: Db,
  generation: number,
  { from, to }: { from: Date; to: Date },
): Promise<Figures> {
  const g = schemaOf(generation);
  const [orders, minutes, sagas] = await Promise.all([
    db.query<{ status: string; reason: string | null; n: number; amount: string }>(
      `select status, case when status = 'REJECTED' then reason end as reason, count(*)::int as n, sum(amount) as amount
       from ${g}.story where placed_at >= $1 and placed_at < $2 and status is not null group by 1, 2`,
      [from, to],
    ),
    readMinutes(db, g, { from, to }),
    db.query<{ n: number; p50: number | null; p95: number | null }>(
      `select count(*) filter (where saga_status = 'needs-attention')::int as n,
         percentile_cont(0.5) within group (order by took) as p50, percentile_cont(0.95) within group (order by took) as p95
       from (select saga_status, case when status <> 'PENDING' and placed_at >= $1 and placed_at < $2
                then extract(epoch from status_at - placed_at) * 1000 end as took
             from ${g}.story where saga_status = 'needs-attention' or (placed_at >= $1 and placed_at < $2)) counted`,
      [from, to],
    ),
  ]);
  const sum = (status: string, of: (row: (typeof orders.rows)[number]) => number) =>
    orders.rows.filter((row) => row.status === status).reduce((total, row) => total + of(row), 0);
  const statuses = ['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED'] as const;
  const byStatus = Object.fromEntries(statuses.map((status) => [status, sum(status, ({ n }) => n)]));
  const [took] = sagas.rows;
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    orders: orders.rows.reduce((total, { n }) => total + n, 0),
    byStatus: byStatus as Overview['byStatus'],
    byReason: Object.fromEntries(orders.rows.flatMap(({ reason, n }) => (reason ? [[reason, n]] : []))),
    revenue: { amount: sum('CONFIRMED', ({ amount }) => Number(amount)), currency: CURRENCY },
    ...(took?.p50 == null || took.p95 == null
      ? {}
      : { tookMs: { p50: Math.round(took.p50), p95: Math.round(took.p95) } }),
    minutes,
    sagasNeedAttention: took?.n ?? 0,
  };
}

/** Every minute, also those in which nothing was. */
async function readMinutes(
  db: Db,
  g: string,
  { from, to }: { from: Date; to: Date },
): Promise<Overview['minutes']> {
  const of = (type: string) =>
    `coalesce(sum(n) filter (where type = '${type}' and topic = 'order.events'), 0)::int`;
  const { rows } = await db.query<Overview['minutes'][number]>(
    `select ${iso('at')} as at, ${of('OrderPlaced')} as placed, ${of('OrderConfirmed')} as confirmed, ${of('OrderRejected')} as rejected,
       ${of('OrderCancelled')} as cancelled, coalesce(sum(n), 0)::int as messages
     from generate_series(date_trunc('minute', $1::timestamptz), $2::timestamptz, interval '1 minute') at
     left join ${g}.minute on minute = at group by at order by at`,
    [from, to],
  );
  return rows;
}
