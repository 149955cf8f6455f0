/** How far a generation has read, how large it is, and since when Kafka has what it has. */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { Pool } from 'pg';
import type { Generation } from '../api-model.ts';
import type { Offsets } from './gate.ts';
import type { GenerationRow } from './generations.ts';
import { iso } from './read-story.ts';
import { schemaOf } from './schema.ts';

type Db = Pick<Pool, 'query'>;

export async function storedPositions(db: Db, generation: number): Promise<Offsets> {
  const { rows } = await db.query<{ place: string; next: string }>(
    `select topic || '/' || partition as place, next::text as next from ${schemaOf(generation)}.position`,
  );
  return new Map(rows.map(({ place, next }) => [place, BigInt(next)]));
}

/** What they have lost is not old: a newer record has taken its place, or took it back. */
const COMPACTED = [...catalogue.topics].flatMap(([topic, { compacted }]) => (compacted ? [topic] : []));

/**
 * Kafka has forgotten what is older: then a generation built now does not have it, and one built before does.
 * Undefined: it has all.
 */
export async function forgottenBefore(db: Db, generation: number): Promise<string | undefined> {
  const { rows } = await db.query<{ at: string | null }>(
    `select ${iso('max(first_at)')} as at from ${schemaOf(generation)}.position
     where first > 0 and topic <> all($1)`,
    [COMPACTED],
  );
  return rows[0]?.at ?? undefined;
}

export async function describeGeneration(
  db: Db,
  { id, projection, state, ...row }: GenerationRow,
): Promise<Generation> {
  const g = schemaOf(id);
  const [positions, size] = await Promise.all([
    db.query<Generation['positions'][number] & { loggedAt: string | null; read: string }>(
      `select topic, partition, next::text as next, ${iso('logged_at')} as "loggedAt", (next - first)::text as read
       from ${g}.position order by topic, partition`,
    ),
    db.query<{ messages: string; bytes: string }>(
      `select coalesce(sum(c.reltuples) filter (where p.relname = 'message' and c.reltuples > 0), 0)::bigint::text as messages,
         (select coalesce(sum(pg_total_relation_size(t.oid)), 0)::text from pg_class t
            join pg_namespace n on n.oid = t.relnamespace where n.nspname = $1 and t.relkind = 'r') as bytes
       from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
       join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1`,
      [g],
    ),
  ]);
  return {
    id,
    projection,
    state,
    startedAt: row.startedAt.toISOString(),
    ...(row.switchedAt ? { switchedAt: row.switchedAt.toISOString() } : {}),
    messages: Number(size.rows[0]?.messages ?? 0),
    read: positions.rows.reduce((sum, { read }) => sum + Number(read), 0),
    bytes: Number(size.rows[0]?.bytes ?? 0),
    positions: positions.rows.map(({ topic, partition, next, loggedAt }) => ({
      topic,
      partition,
      next,
      ...(loggedAt ? { loggedAt } : {}),
    })),
  };
}
