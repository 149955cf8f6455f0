/** Which generations of the read model there are, and which one is shown. */
import { randomBytes } from 'node:crypto';
import { type PipelinedTx, withTransaction } from '@sagakit/postgres/transaction';
import type { Pool } from 'pg';
import { createGenerationTables, dropGenerationTables, ensureConsole } from './schema.ts';

/** Raised when the folds or tables change: a new one is built beside the old at the next start. */
const PROJECTION = 1;

type GenerationState = 'building' | 'active' | 'retired';
export type GenerationRow = {
  id: number;
  projection: number;
  state: GenerationState;
  /** The consumer group that reads for it: its own, so that a new one reads everything. */
  groupId: string;
  startedAt: Date;
  switchedAt: Date | null;
};

const COLUMNS = `id, projection, state, group_id as "groupId", started_at as "startedAt", switched_at as "switchedAt"`;

type Db = Pick<Pool, 'query'>;

export async function listGenerations(db: Db): Promise<GenerationRow[]> {
  const { rows } = await db.query<GenerationRow>(`select ${COLUMNS} from console.generation order by id`);
  return rows;
}

/** The first start makes an active one; a release with other folds makes one beside the active one. */
export const prepareGenerations = (pool: Pool): Promise<GenerationRow[]> =>
  withTransaction(pool, async (tx) => {
    await ensureConsole(tx);
    const known = await listGenerations(tx);
    if (!known.some(({ state }) => state === 'active')) await create(tx, 'active');
    else if (!known.some(({ projection, state }) => projection === PROJECTION && state !== 'retired')) {
      await create(tx, 'building');
    }
    return listGenerations(tx);
  });

/** Undefined: one is being built already. */
export const beginGeneration = (pool: Pool): Promise<GenerationRow | undefined> =>
  withTransaction(pool, async (tx) => {
    await ensureConsole(tx);
    const known = await listGenerations(tx);
    if (known.some(({ state }) => state === 'building')) return undefined;
    return create(tx, 'building');
  });

/** Schemas that were dropped by hand begin to count anew; their groups must not. */
const newGroup = (id: number) => `console-g${id}-${randomBytes(4).toString('hex')}`;

/**
 * A process that ended while it held records back in memory: its group has passed them, so all is read again,
 * by another group. (The one before may still have the member that was killed.) The generations that were so.
 */
export const readAgainWhatWasHeld = (pool: Pool): Promise<number[]> =>
  withTransaction(pool, async (tx) => {
    await ensureConsole(tx);
    const { rows } = await tx.query<{ id: number }>('select id from console.generation where frozen');
    for (const { id } of rows) {
      await tx.query('update console.generation set frozen = false, group_id = $2 where id = $1', [
        id,
        newGroup(id),
      ]);
    }
    return rows.map(({ id }) => id);
  });

async function create(tx: PipelinedTx, state: GenerationState): Promise<GenerationRow> {
  const { rows } = await tx.query<GenerationRow>(
    `insert into console.generation (projection, state, group_id) values ($1, $2, '') returning ${COLUMNS}`,
    [PROJECTION, state],
  );
  const row = rows[0] as GenerationRow;
  const groupId = newGroup(row.id);
  await tx.query('update console.generation set group_id = $2 where id = $1', [row.id, groupId]);
  await dropGenerationTables(tx, row.id);
  await createGenerationTables(tx, row.id);
  return { ...row, groupId };
}

/** From now on `id` is shown; the one that was shown is retired and can be switched back to. */
export const switchTo = (pool: Pool, id: number): Promise<void> =>
  withTransaction(pool, async (tx) => {
    await ensureConsole(tx);
    await tx.query(`update console.generation set state = 'retired' where state = 'active' and id <> $1`, [
      id,
    ]);
    await tx.query(
      `update console.generation set state = 'active', switched_at = clock_timestamp() where id = $1`,
      [id],
    );
    await tx.query(`select pg_notify('console_generation', $1)`, [String(id)]);
  });

export const dropGeneration = (pool: Pool, id: number): Promise<void> =>
  withTransaction(pool, async (tx) => {
    await ensureConsole(tx);
    await dropGenerationTables(tx, id);
    await tx.query('delete from console.generation where id = $1', [id]);
  });
