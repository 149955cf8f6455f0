/** Two generations that stop at the same offsets for an instant, are looked at, and go on. */
import { type PipelinedTx, withTransaction } from '@sagakit/postgres/transaction';
import { withTimeout } from '@sagakit/resilience/timeout';
import type { Pool } from 'pg';
import type { Comparison } from '../api-model.ts';
import { compareGenerations } from './compare.ts';
import type { Offsets } from './gate.ts';
import { forgottenBefore } from './positions.ts';
import type { Reader } from './reader.ts';

export type Side = { id: number; reader: Reader };

/**
 * The rest that the one behind still has to read is little: it was behind by less than this when both were
 * held.
 */
const TOGETHER_WITHIN_MS = 30_000;

/** The higher of the two at each place. */
export function meetingPoint(a: Offsets, b: Offsets): Offsets {
  const met = new Map(a);
  for (const [place, next] of b) if (next > (met.get(place) ?? 0n)) met.set(place, next);
  return met;
}

/** Throws if they do not meet in time; both go on in any case. */
export async function compareSides(
  pool: Pool,
  [a, b]: readonly [Side, Side],
  now: () => Date,
): Promise<Comparison> {
  const ids: [number, number] = [a.id, b.id];
  await setFrozen(pool, ids, true);
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    await Promise.all([a.reader.release(), b.reader.release()]);
    await setFrozen(pool, ids, false);
  };
  try {
    const [standsA, standsB] = await Promise.all([a.reader.hold(), b.reader.hold()]);
    const target = meetingPoint(standsA, standsB);
    await inTime(Promise.all([a.reader.advance(target), b.reader.advance(target)]));
    return await withTransaction(pool, async (tx) => {
      await takeSnapshot(tx);
      await release();
      const [sinceA, sinceB] = await Promise.all([forgottenBefore(pool, a.id), forgottenBefore(pool, b.id)]);
      const since = [sinceA, sinceB]
        .filter((at) => at !== undefined)
        .sort()
        .at(-1);
      return compareGenerations(tx, ids, { since, now: now() });
    });
  } finally {
    await release();
  }
}

/** While it is set a crash would lose what is held in memory: then all is read again. */
async function setFrozen(pool: Pool, ids: readonly number[], frozen: boolean): Promise<void> {
  await pool.query('update console.generation set frozen = $2 where id = any($1)', [ids, frozen]);
}

/**
 * Of both schemas, from the first query on. A comparison of large tables takes longer than any statement
 * elsewhere may.
 */
async function takeSnapshot(tx: PipelinedTx): Promise<void> {
  await tx.query('set transaction isolation level repeatable read, read only');
  await tx.query(`set local statement_timeout = 0`);
  await tx.query('select count(*) from console.generation');
}

const inTime = (work: Promise<unknown>) =>
  withTimeout(work, TOGETHER_WITHIN_MS, () => {
    throw new Error('the two generations did not meet in time');
  });
