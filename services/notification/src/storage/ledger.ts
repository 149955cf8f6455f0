import type { NotificationSent } from '@order-saga/contracts/notification';
import type { Told } from '@sagakit/messaging/aggregate/aggregate';
import { type Statement, writeRows } from '@sagakit/postgres/statement';
import type { Recipient } from '../domain/recipient.ts';

/** The ledger of sent mails. Its primary key refuses a second row for one outcome. */
export function recordSent(sent: readonly Told<typeof NotificationSent, Recipient>[]): Statement[] {
  return writeRows(
    'notifications-record',
    `insert into notifications (order_id, kind, "to", sent_at)
           select order_id, kind, "to", sent_at
           from jsonb_to_recordset($1::jsonb) as v (order_id uuid, kind text, "to" text, sent_at timestamptz)
           on conflict (order_id, kind) do nothing`,
    sent.map(({ data: { orderId, kind }, state, now }) => ({
      order_id: orderId,
      kind,
      to: state.email,
      sent_at: now,
    })),
  );
}
