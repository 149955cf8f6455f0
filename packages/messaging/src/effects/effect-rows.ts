import type { MessageContext } from '../to-envelope.ts';
import { type Statement, writeRows } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

export type EffectRow = {
  id: string;
  kind: string;
  subject: string;
  request: unknown;
  cause: MessageContext;
  /** Calls made so far. */
  attempts: number;
  /**
   * False: it may still be cancelled, and must be marked before it is called (see startEffects). The column
   * is named `begun`.
   */
  started: boolean;
};

/** Names one effect where there is at most one of its kind for a subject. */
export type EffectName = Pick<EffectRow, 'kind' | 'subject'>;

/**
 * Stores effects as claimed by this process, which calls them right after the commit without reading them
 * back.
 */
export function insertEffects(rows: EffectRow[], leaseMs: number): Statement[] {
  return writeRows(
    'effects-insert',
    `insert into effects (id, kind, subject, request, cause, begun, claimed_until)
     select id, kind, subject, request, cause, started, now() + $2 * interval '1 ms'
     from jsonb_to_recordset($1::jsonb) as e
       (id uuid, kind text, subject text, request jsonb, cause jsonb, started boolean)`,
    rows,
    [leaseMs],
  );
}

/**
 * Takes effects that nobody owns: new ones of a process that died, and those whose next attempt is due. Of
 * these kinds only: what this release cannot call is left to one that can.
 */
export async function claimEffects(
  tx: Tx,
  kinds: readonly string[],
  limit: number,
  leaseMs: number,
): Promise<EffectRow[]> {
  const { rows } = await tx.query<EffectRow>({
    name: 'effects-claim',
    text: `update effects set claimed_until = now() + $2 * interval '1 ms'
           where id in (select id from effects where claimed_until < now() and kind = any($3::text[])
                        order by claimed_until limit $1 for update skip locked)
           returning id, kind, subject, request, cause, attempts, begun as started`,
    values: [limit, leaseMs, kinds],
  });
  return rows;
}

/** Effects of other kinds than these, which wait for another release. */
export async function otherEffects(
  tx: Tx,
  kinds: readonly string[],
): Promise<{ kind: string; waiting: number }[]> {
  const { rows } = await tx.query<{ kind: string; waiting: number }>(
    'select kind, count(*)::int as waiting from effects where kind <> all($1::text[]) group by kind',
    [kinds],
  );
  return rows;
}

/**
 * Marks calls that are about to be made; gives the ids of those that are still there. The others were
 * cancelled.
 */
export async function startEffects(tx: Tx, ids: string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'effects-start',
    text: 'update effects set begun = true where id = any($1::uuid[]) returning id',
    values: [ids],
  });
  return new Set(rows.map(({ id }) => id));
}

/**
 * Of these subjects those whose effect of that kind is not started. It may be started meanwhile: then
 * cancelling it fails the transaction.
 */
export async function notStarted(tx: Tx, kind: string, subjects: readonly string[]): Promise<Set<string>> {
  if (subjects.length === 0) return new Set();
  const { rows } = await tx.query<{ subject: string }>({
    name: 'effects-not-started',
    text: 'select subject from effects where subject = any($2::text[]) and kind = $1 and not begun',
    values: [kind, subjects],
  });
  return new Set(rows.map(({ subject }) => subject));
}

/**
 * Deletes effects that nobody has started; if one has been started since it was looked at, the transaction
 * fails and is run again.
 */
export function cancelEffects(names: readonly EffectName[]): Statement[] {
  return writeRows(
    'effects-cancel',
    `with gone as (
       delete from effects e using jsonb_to_recordset($1::jsonb) as d (kind text, subject text)
       where e.subject = d.subject and e.kind = d.kind and not e.begun returning 1)
     select raise_if_stale(count(*), $2) from gone`,
    names,
    [names.length],
  );
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
    text: `update effects set attempts = attempts + 1, last_error = $2,
             claimed_until = now() + $3 * interval '1 ms'
           where id = $1`,
    values: [id, error.replaceAll('\u0000', '').slice(0, 1000), waitMs],
  });
}

/** Deletes effects whose result takes effect in this transaction. */
export function deleteEffects(ids: string[]): Statement[] {
  if (ids.length === 0) return [];
  return [{ name: 'effects-delete', text: 'delete from effects where id = any($1::uuid[])', values: [ids] }];
}
