/**
 * Forgets by age, in small steps: in the inbox what is older than any topic keeps (it cannot be delivered again), and parked messages that
 * were replayed or discarded long ago. What is still parked stays until somebody decides, however old it is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { recordsLiveMs, type Topic } from '@order-saga/contracts/topics';
import type { Pool } from 'pg';
import { type Background, inBackground } from './background.ts';
import type { Log } from './log.ts';
import type { Tx } from './transaction.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** So little at once that no batch waits for it. */
const STEP = 1_000;
const EVERY_MS = 60_000;

/**
 * How long the inbox must remember: a day longer than a record can be read, as the broker looks for old segments now and then only. What
 * comes from topics that are kept for ever (compacted) is remembered as long; who handles it must not need more (see order's catalogue).
 */
export function rememberForMs(topics: readonly Topic[]): number {
  return Math.max(0, ...topics.map((topic) => recordsLiveMs(topic) ?? 0)) + DAY_MS;
}

/** Deletes up to 1,000 rows older than that by the database's clock; says how many. Replicas do not wait for each other. */
export async function pruneInbox(db: Tx, olderThanMs: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'inbox-prune',
    text: `delete from inbox where ctid = any(array(
             select ctid from inbox where received_at < now() - $1 * interval '1 ms' limit $2 for update skip locked))`,
    values: [olderThanMs, STEP],
  });
  return rowCount ?? 0;
}

/** As long as the copies on `<service>.dlq` are kept. */
const CLOSED_LETTERS_MS = 30 * DAY_MS;

/** Deletes up to 1,000 parked messages that were closed before that, with what operators did to them; says how many. */
export async function pruneDeadLetters(db: Tx, olderThanMs = CLOSED_LETTERS_MS): Promise<number> {
  const { rowCount } = await db.query({
    name: 'dead-letters-prune',
    text: `delete from dead_letters where id = any(array(
             select id from dead_letters where closed_at < now() - $1 * interval '1 ms' limit $2 for update skip locked))`,
    values: [olderThanMs, STEP],
  });
  return rowCount ?? 0;
}

export function createPruning({ pool, topics, log }: { pool: Pool; topics: readonly Topic[]; log: Log }): Background {
  const olderThanMs = rememberForMs(topics);
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      const pruned = await Promise.all([pruneInbox(pool, olderThanMs), pruneDeadLetters(pool)]).catch((error: Error) => {
        log.debug({ err: error }, 'nothing could be pruned; the next time will do');
        return [0];
      });
      await delay(pruned.includes(STEP) ? 100 : EVERY_MS, undefined, { signal }).catch(() => {});
    }
  });
}
