/** Lists stories, newest first, and counts them by status. */
import type { Pool } from 'pg';
import type { Stories, StoryRow } from '../api.ts';
import { iso } from './read-story.ts';
import { schemaOf } from './schema.ts';

type Db = Pick<Pool, 'query'>;

/** All are optional. Times are ISO. */
export type StoryFilter = {
  kind?: 'order' | 'stock' | 'price' | 'other' | undefined;
  status?: string | undefined;
  sagaStatus?: string | undefined;
  reason?: string | undefined;
  sku?: string | undefined;
  customer?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  slowerThanMs?: number | undefined;
  has?: 'undo' | 'parked' | 'duplicate' | undefined;
};

/** Where a row stands in the list: to the microsecond, as it is stored. */
export type StoryPlace = { at: string; story: string };

const KINDS = { other: 0, price: 1, stock: 2, order: 3 } as const;
const NAMES = ['other', 'price', 'stock', 'order'] as const;
/** So many are counted. */
const MOST_COUNTED = 20_000;

type Where = { text: string; values: unknown[] };

/** Orders stand in the order in which they were placed, others by their first message. */
const sortOf = ({ kind }: StoryFilter) => ((kind ?? 'order') === 'order' ? 'placed_at' : 'first_at');

function whereOf(filter: StoryFilter, g: string): Where {
  const values: unknown[] = [KINDS[filter.kind ?? 'order']];
  const sort = sortOf(filter);
  const parts = ['kind = $1', `${sort} is not null`];
  const add = (condition: (place: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    parts.push(condition(`$${values.length}`));
  };
  add((place) => `saga_status = ${place}`, filter.sagaStatus);
  add((place) => `reason = ${place}`, filter.reason);
  add((place) => `strpos(skus, ' ' || ${place} || ' ') > 0`, filter.sku);
  add((place) => `customer = ${place}`, filter.customer);
  add((place) => `${sort} >= ${place}::timestamptz`, filter.from);
  add((place) => `${sort} < ${place}::timestamptz`, filter.to);
  add(
    (place) => `status <> 'PENDING' and status_at - placed_at > ${place} * interval '1 ms'`,
    filter.slowerThanMs,
  );
  if (filter.has === 'undo') parts.push('undone');
  if (filter.has === 'parked') parts.push(`exists (select from ${g}.parked p where p.story = s.story)`);
  if (filter.has === 'duplicate') parts.push(`exists (select from ${g}.copy c where c.story = s.story)`);
  return { text: parts.join(' and '), values };
}

type Row = {
  story: string;
  kind: 0 | 1 | 2 | 3;
  subject: string;
  orderId: string | null;
  customer: string | null;
  status: StoryRow['status'] | null;
  reason: string | null;
  title: string | null;
  amount: string | null;
  currency: string | null;
  saga: string | null;
  sagaStatus: NonNullable<StoryRow['saga']>['status'] | null;
  firstAt: string;
  lastAt: string;
  placedAt: string | null;
  statusAt: string | null;
  undone: boolean;
  messages: number;
  parked: number;
  copies: number;
  place: string;
};

/** One row more than `limit`, if there is one. */
export async function listStories(
  db: Db,
  generation: number,
  { limit, before, ...filter }: StoryFilter & { limit: number; before?: StoryPlace | undefined },
): Promise<{ row: StoryRow; place: StoryPlace }[]> {
  const g = schemaOf(generation);
  const sort = sortOf(filter);
  const where = whereOf(filter, g);
  const values = [...where.values, limit];
  const at = (n: number) => `$${values.length + n}`;
  const status = filter.status ? ` and status = ${at(1)}` : '';
  const next = before
    ? ` and (${sort}, story) < (${at(filter.status ? 2 : 1)}::timestamptz, ${at(filter.status ? 3 : 2)})`
    : '';
  const { rows } = await db.query<Row>(
    `select s.story, kind, subject, order_id as "orderId", customer, status, reason, title, amount, currency, saga,
       saga_status as "sagaStatus", ${iso('first_at')} as "firstAt", ${iso('last_at')} as "lastAt",
       ${iso('placed_at')} as "placedAt", ${iso('status_at')} as "statusAt", undone,
       (select count(*)::int from ${g}.message m where m.story = s.story) as messages,
       (select count(*)::int from ${g}.parked p where p.story = s.story) as parked,
       (select count(*)::int from ${g}.copy c where c.story = s.story) as copies,
       to_char(${sort} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place
     from ${g}.story s where ${where.text}${status}${next}
     order by ${sort} desc, s.story desc limit $${where.values.length + 1}`,
    [...values, ...(filter.status ? [filter.status] : []), ...(before ? [before.at, before.story] : [])],
  );
  return rows.map((row) => ({ row: shown(row), place: { at: row.place, story: row.story } }));
}

function shown(row: Row): StoryRow {
  const ended =
    row.status !== null && row.status !== 'PENDING' && row.placedAt !== null && row.statusAt !== null;
  const given = {
    orderId: row.orderId ?? undefined,
    customerId: row.customer ?? undefined,
    status: row.status ?? undefined,
    reason: row.reason ?? undefined,
    total: row.amount === null ? undefined : { amount: Number(row.amount), currency: row.currency ?? '' },
    saga:
      row.saga === null || row.sagaStatus === null ? undefined : { name: row.saga, status: row.sagaStatus },
    placedAt: row.placedAt ?? undefined,
    tookMs: ended ? Date.parse(row.statusAt ?? '') - Date.parse(row.placedAt ?? '') : undefined,
  };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const { firstAt, lastAt, messages, undone, parked, copies } = row;
  return {
    correlationId: row.story,
    kind: NAMES[row.kind],
    title: row.title ?? row.subject,
    ...(known as Partial<StoryRow>),
    ...{ firstAt, lastAt, messages, undone, parked, copies },
  };
}

export async function countStories(
  db: Db,
  generation: number,
  filter: StoryFilter,
): Promise<Stories['counts']> {
  const g = schemaOf(generation);
  const where = whereOf(filter, g);
  const { rows } = await db.query<{ status: string; n: number }>(
    `select status, count(*)::int as n from (
       select coalesce(status, 'other') as status from ${g}.story s where ${where.text} limit ${MOST_COUNTED}) counted group by 1`,
    where.values,
  );
  const of = (status: string) => rows.find((row) => row.status === status)?.n ?? 0;
  const atLeast = rows.reduce((sum, { n }) => sum + n, 0) >= MOST_COUNTED;
  return {
    PENDING: of('PENDING'),
    CONFIRMED: of('CONFIRMED'),
    REJECTED: of('REJECTED'),
    CANCELLED: of('CANCELLED'),
    other: of('other'),
    atLeast,
  };
}
