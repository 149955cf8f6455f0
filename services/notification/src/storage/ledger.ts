import type { NotificationSent } from '@order-saga/contracts/notification';
import type { DecidedMessage } from '@sagakit/messaging/aggregate/aggregate';
import { type Statement, writeRows } from '@sagakit/postgres/statement';
import type { Recipient } from '../domain/recipient.ts';

/** Stands in the ledger where an address stood. */
const ERASED = '';

/** The ledger of sent mails. Its primary key refuses a second row for one outcome. */
export function recordSent(sent: readonly DecidedMessage<typeof NotificationSent, Recipient>[]): Statement[] {
  return writeRows(
    'notifications-record',
    `insert into notifications (order_id, kind, "to", sent_at)
           select order_id, kind, "to", sent_at
           from jsonb_to_recordset($1::jsonb) as v (order_id uuid, kind text, "to" text, sent_at timestamptz)
           on conflict (order_id, kind) do nothing`,
    sent.map(({ data: { orderId, kind }, state, now }) => ({
      order_id: orderId,
      kind,
      to: state.status === 'known' ? state.email : ERASED,
      sent_at: now,
    })),
  );
}

/** That a mail was sent stays; to whom does not. */
export function forgetSent(orders: readonly string[]): Statement[] {
  if (orders.length === 0) return [];
  return [
    {
      name: 'notifications-forget',
      text: `update notifications set "to" = $2 where order_id = any($1::uuid[]) and "to" <> $2`,
      values: [orders, ERASED],
    },
  ];
}
