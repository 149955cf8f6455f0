/** Forgets what the inbox need not remember any more: messages older than any topic keeps cannot be delivered again. */
import { setTimeout as delay } from 'node:timers/promises';
import { settingsOf, type Topic } from '@order-saga/contracts/topics';
import type { Pool } from 'pg';
import type { Log } from './log.ts';
import type { Tx } from './transaction.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** So little at once that no batch waits for it. */
const STEP = 1_000;
const EVERY_MS = 60_000;

/**
 * How long the inbox must remember: a day longer than the topics keep. Topics that are kept for ever (compacted) tell whole states, where
 * the last one holds: reading them again does no harm.
 */
export function rememberForMs(topics: readonly Topic[]): number {
  return Math.max(0, ...topics.map((topic) => settingsOf(topic).retentionMs)) + DAY_MS;
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

export function createPruning(options: { pool: Pool; topics: readonly Topic[]; log: Log }): {
  start(): void;
  stop(): Promise<void>;
} {
  const { pool, topics, log } = options;
  const stopping = new AbortController();
  const pause = (ms: number) => delay(ms, undefined, { signal: stopping.signal }).catch(() => {});

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const pruned = await pruneInbox(pool, rememberForMs(topics)).catch((error: Error) => {
        log.debug({ err: error }, 'the inbox could not be pruned; the next time will do');
        return 0;
      });
      await pause(pruned === STEP ? 100 : EVERY_MS);
    }
  }

  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
