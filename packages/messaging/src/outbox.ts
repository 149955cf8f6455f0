import type { Envelope } from '@order-saga/contracts/envelope';
import { definitionOf } from '@order-saga/contracts/registry';
import { type Statement, writeRows } from './statement.ts';
import type { Tx } from './transaction.ts';

export type OutboxRow = { id: string; topic: string; key: string; message: string };

/**
 * Appends messages in the order given. Commit it while the rows of their subjects are locked: that alone makes the ids of one
 * subject's messages ascend in commit order, and the relay sends by id.
 */
export function appendToOutbox(messages: Envelope[]): Statement[] {
  // json, not jsonb: the message is stored as it was written, character by character.
  return writeRows(
    'outbox-append',
    `insert into outbox (topic, key, message)
     select topic, key, message
     from rows from (json_to_recordset($1::json) as (topic text, key text, message json)) with ordinality as m (topic, key, message, place)
     order by place`,
    messages.map((message) => ({ topic: definitionOf(message.type).topic, key: message.subject, message })),
  );
}

/**
 * Deletes what was sent and reads what comes next, in one round trip. The select sees the rows that the same statement
 * deletes, hence the exclusion. It reads ALL rows there are and never "id > last": ids commit out of order, and a row that
 * commits late would be lost.
 */
export async function nextOutboxRows(tx: Tx, sentIds: string[], limit: number): Promise<OutboxRow[]> {
  const { rows } = await tx.query<OutboxRow>({
    name: 'outbox-next',
    text: `with gone as (delete from outbox where id = any($1::bigint[]))
           select id, topic, key, message from outbox where id <> all($1::bigint[]) order by id limit $2`,
    values: [sentIds, limit],
  });
  return rows;
}

/** True if the oldest row waits to be sent for longer than `ms`. */
export async function outboxIsBehind(db: Tx, ms: number): Promise<boolean> {
  const { rows } = await db.query<{ behind: boolean }>({
    name: 'outbox-behind',
    // By the primary key: a search by age would read the whole table, and with it every dead row in it.
    text: `select created_at < now() - $1 * interval '1 ms' as behind from outbox order by id limit 1`,
    values: [ms],
  });
  return rows[0]?.behind ?? false;
}
