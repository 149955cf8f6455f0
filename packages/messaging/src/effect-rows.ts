import type { Cause } from './seal.ts';
import { type Statement, writeRows } from './statement.ts';
import type { Tx } from './transaction.ts';

export type EffectRow = {
  id: string;
  kind: string;
  subject: string;
  request: unknown;
  cause: Cause;
  /** Calls made so far. */
  attempts: number;
};

/** Stores effects as claimed by this process, which calls them right after the commit without reading them back. */
export function insertEffects(rows: EffectRow[], leaseMs: number): Statement[] {
  return writeRows(
    'effects-insert',
    `insert into effects (id, kind, subject, request, cause, claimed_until)
     select id, kind, subject, request, cause, now() + $2 * interval '1 ms'
     from jsonb_to_recordset($1::jsonb) as e (id uuid, kind text, subject text, request jsonb, cause jsonb)`,
    rows,
    [leaseMs],
  );
}

/** Takes effects that nobody owns: new ones of a process that died, and those whose next attempt is due. */
export async function claimEffects(tx: Tx, limit: number, leaseMs: number): Promise<EffectRow[]> {
  const { rows } = await tx.query<EffectRow>({
    name: 'effects-claim',
    text: `update effects set claimed_until = now() + $2 * interval '1 ms'
           where id in (select id from effects where claimed_until < now() order by claimed_until limit $1 for update skip locked)
           returning id, kind, subject, request, cause, attempts`,
    values: [limit, leaseMs],
  });
  return rows;
}

/** Renews claims, or with 0 gives them up. */
export async function claimUntil(tx: Tx, ids: string[], leaseMs: number): Promise<void> {
  await tx.query({
    name: 'effects-claim-until',
    text: `update effects set claimed_until = now() + $2 * interval '1 ms' where id = any($1::uuid[])`,
    values: [ids, leaseMs],
  });
}

/** Notes a failed call and when the next one is due. */
export async function postponeEffect(tx: Tx, id: string, error: string, waitMs: number): Promise<void> {
  await tx.query({
    name: 'effects-postpone',
    text: `update effects set attempts = attempts + 1, last_error = $2, claimed_until = now() + $3 * interval '1 ms' where id = $1`,
    values: [id, error.replaceAll('\u0000', '').slice(0, 1000), waitMs],
  });
}

/** Deletes effects whose answer takes effect in this transaction. */
export function deleteEffects(ids: string[]): Statement[] {
  if (ids.length === 0) return [];
  return [{ name: 'effects-delete', text: 'delete from effects where id = any($1::uuid[])', values: [ids] }];
}
