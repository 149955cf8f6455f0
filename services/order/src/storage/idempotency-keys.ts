import { hash } from 'node:crypto';
import { deleteByAge } from '@sagakit/messaging/maintenance/prune';
import { saveRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

/**
 * Of a request's body: `whole`, and `rest` without its contact. Once that is erased nothing may be left by
 * which a guess at it could be confirmed, so `whole` is empty then, and the rest must do.
 */
export type BodyHash = { whole: string; rest: string | null };

const hashOf = (body: object): string => hash('sha256', JSON.stringify(body));

/**
 * Two passes over some hundred bytes: until the contact is erased `whole` tells two contacts apart, and
 * `rest` must be there before, since an erasure does not have the body any more. Keys that an earlier release
 * kept are compared with these: what is hashed, and in which order its fields stand, must not change.
 */
export function hashesOf<Body extends { contact: object }>(body: Body): BodyHash {
  const { contact: _, ...rest } = body;
  return { whole: hashOf(body), rest: hashOf(rest) };
}

/** What was answered to a key, and to which body. */
export type KeptResponse = { body: BodyHash; response: object };

export const isSameBody = (kept: BodyHash, { whole, rest }: BodyHash): boolean =>
  kept.whole === '' ? kept.rest === rest && rest !== null : kept.whole === whole;

/** A caller's key. What joins them can be in no header, so nobody's key is another's. */
export const keyOf = (subject: string | undefined, key: string): string =>
  subject === undefined ? key : `${subject}\n${key}`;

export async function findResponses(tx: Tx, keys: string[]): Promise<Map<string, KeptResponse>> {
  const { rows } = await tx.query({
    name: 'idempotency-find',
    text: 'select key, request_hash, rest_hash, response from idempotency_keys where key = any($1::text[])',
    values: [keys],
  });
  return new Map(
    rows.map(({ key, request_hash: whole, rest_hash: rest, response }) => [
      key,
      { body: { whole, rest }, response },
    ]),
  );
}

/**
 * Fails the transaction if another replica took one of the keys since they were looked up: the work is run
 * again and finds it.
 */
export function saveResponses(responses: Map<string, KeptResponse>): Statement[] {
  const values = [...responses].map(([key, { body, response }]) => ({
    key,
    request_hash: body.whole,
    rest_hash: body.rest,
    response,
  }));
  return saveRows(
    'idempotency-save',
    `insert into idempotency_keys (key, request_hash, rest_hash, response)
           select key, request_hash, rest_hash, response
           from json_to_recordset($1::json) as r (key text, request_hash text, rest_hash text, response json)
           order by key on conflict do nothing`,
    values,
  );
}

export type PlacedAt = { orderId: string; placedAt: Date };

/** A key is kept in the transaction that places its order: it began so long before the order's own time. */
const BEGAN_BEFORE_MS = 10_000;
/** Both times are kept to the millisecond. */
const ROUNDED_MS = 1_000;

/**
 * When the keys of these orders were kept: as few and as short times as there can be, in their order. So
 * nobody needs an index by order, which every order would pay for.
 */
export function keptBetween(orders: readonly PlacedAt[]): { from: Date; to: Date }[] {
  const times: { from: Date; to: Date }[] = [];
  for (const { placedAt } of orders.toSorted((a, b) => a.placedAt.getTime() - b.placedAt.getTime())) {
    const [from, to] = [placedAt.getTime() - BEGAN_BEFORE_MS, placedAt.getTime() + ROUNDED_MS];
    const last = times.at(-1);
    if (last && from <= last.to.getTime()) last.to = new Date(to);
    else times.push({ from: new Date(from), to: new Date(to) });
  }
  return times;
}

/** Forgets what was kept of the bodies of these orders, but for the rest of each (see BodyHash). */
export function forgetBodies(orders: readonly PlacedAt[]): Statement[] {
  if (orders.length === 0) return [];
  const times = keptBetween(orders);
  return [
    {
      name: 'idempotency-forget-bodies',
      text: `update idempotency_keys k set request_hash = ''
             from unnest($1::timestamptz[], $2::timestamptz[]) as t (kept_from, kept_to)
             where k.created_at between t.kept_from and t.kept_to and k.response ->> 'orderId' = any($3::text[])`,
      values: [
        times.map(({ from }) => from),
        times.map(({ to }) => to),
        orders.map(({ orderId }) => orderId),
      ],
    },
  ];
}

/** Deletes up to 1,000 keys older than that. */
export const pruneKeys = (db: Tx, olderThanMs: number): Promise<number> =>
  deleteByAge(db, { name: 'idempotency-prune', table: 'idempotency_keys', age: 'created_at' }, olderThanMs);
