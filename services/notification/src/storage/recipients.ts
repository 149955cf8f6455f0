import type { ChangedRow, Row } from '@sagakit/messaging/aggregate/rows';
import { saveRows, writeRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Recipient } from '../domain/recipient.ts';

/** Locks in key order, so that two batches with the same orders cannot wait for each other. */
export async function lockRecipients(tx: Tx, orderIds: string[]): Promise<Row<Recipient>[]> {
  const { rows } = await tx.query({
    name: 'recipients-lock',
    text: `select order_id, version, sequence, email, name, asked
           from recipients where order_id = any($1::uuid[]) order by order_id for update`,
    values: [orderIds],
  });
  return rows.map(({ order_id, version, sequence, email, name, asked }) => ({
    key: order_id,
    version,
    sequence,
    answers: {},
    state: { email, name, asked },
  }));
}

export function saveRecipients(rows: ChangedRow<Recipient>[]): Statement[] {
  const values = rows.map(({ key, version, sequence, state }) => ({ order_id: key, version, sequence, ...state }));
  return saveRows(
    'recipients-save',
    `insert into recipients as r (order_id, version, sequence, email, name, asked)
           select order_id, version, sequence, email, name, asked
           from jsonb_to_recordset($1::jsonb) as v (order_id uuid, version int, sequence int, email text, name text, asked jsonb)
           on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, asked = excluded.asked
           where r.version = excluded.version - 1`,
    values,
  );
}

export type SentMail = { orderId: string; kind: string; to: string; sentAt: string };

/** The ledger. Its primary key refuses a second row for one outcome. */
export function recordSent(mails: SentMail[]): Statement[] {
  const values = mails.map(({ orderId, kind, to, sentAt }) => ({ order_id: orderId, kind, to, sent_at: sentAt }));
  return writeRows(
    'notifications-record',
    `insert into notifications (order_id, kind, "to", sent_at)
           select order_id, kind, "to", sent_at
           from jsonb_to_recordset($1::jsonb) as v (order_id uuid, kind text, "to" text, sent_at timestamptz)
           on conflict (order_id, kind) do nothing`,
    values,
  );
}
