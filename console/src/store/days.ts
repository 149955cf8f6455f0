/**
 * Messages lie in one partition for each day of their UUIDv7, so that whole days are forgotten at once, as
 * the topics forget them. Ids that are no UUIDv7 of about now lie in the default partition.
 */
import type { Tx } from '@sagakit/postgres/transaction';
import { schemaOf } from './schema.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** The topics forget after seven days and a segment of one; what is older lies in the default partition. */
const KEPT_DAYS = 9;

const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Days since 1970; undefined: it has no day of its own. */
export function dayOf(id: string, now: number): number | undefined {
  const [, high, low] = UUID_V7.exec(id) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const day = Math.floor(Number.parseInt(high + low, 16) / DAY_MS);
  const today = Math.floor(now / DAY_MS);
  return day >= today - KEPT_DAYS && day <= today + 1 ? day : undefined;
}

/** The lowest UUID of the day. */
function firstIdOf(day: number): string {
  const hex = (day * DAY_MS).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

const nameOf = (day: number) =>
  `message_d${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;

/**
 * Rows of a day are hardly ever changed, and go with their table: nothing is there for a vacuum to do. Where
 * many come, each tenth of a table more would have it looked through again.
 */
const SETTINGS = `autovacuum_vacuum_insert_threshold = -1,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000`;

/** Inside a transaction, before rows of that day are written. What the default partition has of it moves. */
export async function ensureDay(tx: Tx, generation: number, day: number): Promise<void> {
  const g = schemaOf(generation);
  const table = `${g}.${nameOf(day)}`;
  const [from, to] = [firstIdOf(day), firstIdOf(day + 1)];
  // Two replicas at once: the second finds it there.
  await tx.query(`select pg_advisory_xact_lock(7064302, ${day})`);
  const { rows } = await tx.query<{ there: string | null }>('select to_regclass($1)::text as there', [table]);
  if (rows[0]?.there) return;
  await tx.query(
    `create table ${table} (like ${g}.message including defaults including constraints) with (${SETTINGS})`,
  );
  // Nobody searches by it, and a look at what the columns hold would sort whole documents.
  await tx.query(`alter table ${table} alter column value set statistics 0`);
  await tx.query(
    `with moved as (delete from ${g}.message_default where id >= '${from}' and id < '${to}' returning *)
     insert into ${table} select * from moved`,
  );
  await tx.query(
    `alter table ${g}.message attach partition ${table} for values from ('${from}') to ('${to}')`,
  );
}

/** Forgets the days that the topics have forgotten. The names of the partitions that went. */
export async function dropOldDays(tx: Tx, generation: number, now: number): Promise<string[]> {
  const g = schemaOf(generation);
  const oldest = nameOf(Math.floor(now / DAY_MS) - KEPT_DAYS);
  const { rows } = await tx.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r' and c.relname ~ '^message_d[0-9]{8}$' and c.relname < $2`,
    [g, oldest],
  );
  for (const { name } of rows) await tx.query(`drop table ${g}.${name}`);
  return rows.map(({ name }) => name);
}
