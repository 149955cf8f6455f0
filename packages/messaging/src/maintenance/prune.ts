/**
 * Forgets by age, in small steps: in the inbox what is older than any topic keeps (it cannot be delivered
 * again), and dead letters that were replayed or discarded long ago. What is still parked stays until
 * somebody decides, however old it is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Pool } from 'pg';
import { type Background, inBackground } from '@sagakit/resilience/background';
import type { Log } from '@sagakit/resilience/log';
import type { Tx } from '@sagakit/postgres/transaction';

const DAY_MS = 24 * 60 * 60 * 1000;
/** So little at once that no batch waits for it. */
export const PRUNED_AT_ONCE = 1_000;
const EVERY_MS = 60_000;

/** Deletes up to PRUNED_AT_ONCE rows that are old enough; says how many. */
export type Prune = (db: Tx) => Promise<number>;

/**
 * How long the inbox must remember: a day longer than a record can be read, as the broker looks for old
 * segments now and then only. What comes from topics that are kept for ever (compacted) is remembered as
 * long; who handles it must not need more (a copy that goes by the sequence does not).
 */
export function rememberForMs(catalogue: Catalogue, topics: readonly string[]): number {
  return Math.max(0, ...topics.map((topic) => catalogue.recordsLiveMs(topic) ?? 0)) + DAY_MS;
}

/**
 * What is deleted by age. `name` is the statement's; `key` is unique, and `ctid` where the age has an index
 * and the key has not.
 */
export type ByAge = { name: string; table: string; age: string; key?: string };

/**
 * Deletes up to 1,000 rows older than that by the database's clock; says how many. Replicas do not wait for
 * each other.
 */
export async function deleteByAge(
  db: Tx,
  { name, table, age, key = 'ctid' }: ByAge,
  olderThanMs: number,
): Promise<number> {
  const { rowCount } = await db.query({
    name,
    text: `delete from ${table} where ${key} = any(array(
             select ${key} from ${table} where ${age} < now() - $1 * interval '1 ms' limit $2 for update skip locked))`,
    values: [olderThanMs, PRUNED_AT_ONCE],
  });
  return rowCount ?? 0;
}

export const pruneInbox = (db: Tx, olderThanMs: number): Promise<number> =>
  deleteByAge(db, { name: 'inbox-prune', table: 'inbox', age: 'received_at' }, olderThanMs);

/** As long as the copies on `<service>.dlq` are kept. */
const CLOSED_DEAD_LETTERS_MS = 30 * DAY_MS;

/** Those that were closed before that, with what operators did to them. */
export const pruneDeadLetters = (db: Tx, olderThanMs = CLOSED_DEAD_LETTERS_MS): Promise<number> =>
  deleteByAge(
    db,
    { name: 'dead-letters-prune', table: 'dead_letters', age: 'closed_at', key: 'id' },
    olderThanMs,
  );

/** @param own what the service forgets besides */
export function createPruning(options: {
  pool: Pool;
  catalogue: Catalogue;
  topics: readonly string[];
  own: readonly Prune[];
  log: Log;
}): Background {
  const { pool, log } = options;
  const olderThanMs = rememberForMs(options.catalogue, options.topics);
  const prunes: Prune[] = [(db) => pruneInbox(db, olderThanMs), (db) => pruneDeadLetters(db), ...options.own];

  const failed = (error: Error) => {
    log.debug({ err: error }, 'nothing could be pruned; the next time will do');
    return 0;
  };

  return inBackground(async (signal) => {
    while (!signal.aborted) {
      const pruned = await Promise.all(prunes.map((prune) => prune(pool).catch(failed)));
      await delay(pruned.includes(PRUNED_AT_ONCE) ? 100 : EVERY_MS, undefined, { signal }).catch(() => {});
    }
  });
}
