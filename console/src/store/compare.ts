/**
 * Whether two generations that stand at the same offsets are the same: row count and hash of each table, and
 * which keys differ.
 */
import type { Tx } from '@sagakit/postgres/transaction';
import type { Comparison } from '../api-model.ts';
import { schemaOf, TABLES } from './schema.ts';

const MOST_DIFFERING = 20;

/** What Kafka has forgotten is in the older one alone, and is left out: rows by their time. */
const SINCE: Readonly<Record<string, string>> = {
  message: 'logged_at >= $1',
  copy: 'logged_at >= $1',
  story: 'first_at >= $1',
  story_trace: 'exists (select from {g}.story s where s.story = t.story and s.first_at >= $1)',
  parked: 'parked_at >= $1',
  minute: `minute >= $1::timestamptz + interval '1 minute'`,
};

/** Each row as text, without what a release may have added to one of the two. */
const rowsOf = (g: string, table: string, since: string | undefined): string => {
  const where = since === undefined ? '' : SINCE[table]?.replace('{g}', g);
  return `(select ${TABLES[table]}, md5(t::text) as hash from ${g}.${table} t ${where ? `where ${where}` : ''})`;
};

/**
 * In a snapshot that was taken while both stood still.
 *
 * @param since ISO; undefined: all
 */
export async function compareGenerations(
  tx: Tx,
  [a, b]: readonly [number, number],
  { since, now }: { since: string | undefined; now: Date },
): Promise<Comparison> {
  const tables: Comparison['tables'] = [];
  for (const table of Object.keys(TABLES)) {
    const one = await summaryOf(tx, a, table, since);
    const other = await summaryOf(tx, b, table, since);
    const equal = one.rows === other.rows && one.hash === other.hash;
    const differing = equal ? [] : await differingOf(tx, [a, b], table, since);
    tables.push({ table, rows: [one.rows, other.rows], hashes: [one.hash, other.hash], equal, differing });
  }
  return { at: now.toISOString(), generations: [a, b], equal: tables.every(({ equal }) => equal), tables };
}

const given = (table: string, since: string | undefined) =>
  since === undefined || !SINCE[table] ? [] : [since];

/** The sum of the rows' hashes, which needs no order. */
async function summaryOf(tx: Tx, generation: number, table: string, since: string | undefined) {
  const { rows } = await tx.query<{ rows: number; hash: string }>({
    text: `select count(*)::int as rows,
             coalesce(sum(('x' || substr(hash, 1, 16))::bit(64)::bigint::numeric), 0)::text as hash
           from ${rowsOf(schemaOf(generation), table, since)} r`,
    values: given(table, since),
  });
  return rows[0] ?? { rows: 0, hash: '' };
}

async function differingOf(
  tx: Tx,
  [a, b]: readonly [number, number],
  table: string,
  since: string | undefined,
) {
  const keys = TABLES[table] as string;
  const { rows } = await tx.query<{ key: string }>({
    text: `select concat_ws(' ', ${keys}) as key
           from ${rowsOf(schemaOf(a), table, since)} x full join ${rowsOf(schemaOf(b), table, since)} y using (${keys}, hash)
           where x.hash is null or y.hash is null limit ${MOST_DIFFERING * 2}`,
    values: given(table, since),
  });
  return [...new Set(rows.map(({ key }) => key))].slice(0, MOST_DIFFERING);
}
