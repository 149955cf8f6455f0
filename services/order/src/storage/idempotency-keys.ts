import { deleteByAge } from '@sagakit/messaging/maintenance/prune';
import { saveRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

/** What was answered to a key, and to which body. */
export type KeptResponse = { requestHash: string; response: object };

/** A caller's key. What joins them can be in no header, so nobody's key is another's. */
export const keyOf = (subject: string | undefined, key: string): string =>
  subject === undefined ? key : `${subject}\n${key}`;

export async function findResponses(tx: Tx, keys: string[]): Promise<Map<string, KeptResponse>> {
  const { rows } = await tx.query({
    name: 'idempotency-find',
    text: 'select key, request_hash, response from idempotency_keys where key = any($1::text[])',
    values: [keys],
  });
  return new Map(rows.map((row) => [row.key, { requestHash: row.request_hash, response: row.response }]));
}

/**
 * Fails the transaction if another replica took one of the keys since they were looked up: the work is run
 * again and finds it.
 */
export function saveResponses(responses: Map<string, KeptResponse>): Statement[] {
  const values = [...responses].map(([key, { requestHash, response }]) => ({
    key,
    request_hash: requestHash,
    response,
  }));
  return saveRows(
    'idempotency-save',
    `insert into idempotency_keys (key, request_hash, response)
           select key, request_hash, response
           from json_to_recordset($1::json) as r (key text, request_hash text, response json)
           order by key on conflict do nothing`,
    values,
  );
}

/** Deletes up to 1,000 keys older than that. */
export const pruneKeys = (db: Tx, olderThanMs: number): Promise<number> =>
  deleteByAge(db, { name: 'idempotency-prune', table: 'idempotency_keys', age: 'created_at' }, olderThanMs);
