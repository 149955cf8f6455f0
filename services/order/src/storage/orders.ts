/** The write path: set-based statements by pg. HTTP's reads are in reads.ts. */
import type { Envelope } from '@sagakit/messages/envelope';
import type { ChangedRow, Row } from '@sagakit/messaging/aggregate/rows';
import { saveRows, writeRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Order } from '../domain/order.ts';

/** The order with what its row needs beside it. */
export type StoredOrder = { order: Order; correlationId: string; placedAt: string };

type Stored = {
  order_id: string;
  version: number;
  sequence: number;
  answers: Record<string, Envelope>;
  status: Order['status'];
  reason: string | null;
  payment_id: string | null;
  customer_id: string;
  lines: Order['lines'];
  total_amount: string;
  currency: string;
  correlation_id: string;
  placed_at: Date;
};

/** Locks in key order, so that two batches with the same orders cannot wait for each other. */
export async function lockOrders(tx: Tx, orderIds: string[]): Promise<Row<StoredOrder>[]> {
  const { rows } = await tx.query<Stored>({
    name: 'orders-lock',
    text: `select order_id, version, sequence, answers, status, reason, payment_id, customer_id, lines, total_amount, currency,
             correlation_id, placed_at
           from orders where order_id = any($1::uuid[]) order by order_id for update`,
    values: [orderIds],
  });
  return rows.map((row) => ({
    key: row.order_id,
    version: row.version,
    sequence: row.sequence,
    answers: row.answers,
    state: { order: toOrder(row), correlationId: row.correlation_id, placedAt: row.placed_at.toISOString() },
  }));
}

function toOrder(row: Stored): Order {
  return {
    orderId: row.order_id,
    customerId: row.customer_id,
    lines: row.lines,
    total: { amount: Number(row.total_amount), currency: row.currency },
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.payment_id === null ? {} : { paymentId: row.payment_id }),
  } as Order;
}

export function saveOrders(rows: ChangedRow<StoredOrder>[]): Statement[] {
  const values = rows.map(({ key, version, sequence, answers, state: { order, correlationId, placedAt } }) => ({
    order_id: key,
    version,
    sequence,
    answers,
    status: order.status,
    reason: order.status === 'REJECTED' ? order.reason : null,
    payment_id: order.status === 'CONFIRMED' ? order.paymentId : null,
    customer_id: order.customerId,
    lines: order.lines,
    total_amount: order.total.amount,
    currency: order.total.currency,
    correlation_id: correlationId,
    placed_at: placedAt,
  }));
  return saveRows(
    'orders-save',
    `insert into orders as o (order_id, version, sequence, answers, status, reason, payment_id, customer_id, lines, total_amount,
             currency, correlation_id, placed_at, updated_at)
           select order_id, version, sequence, answers, status, reason, payment_id, customer_id, lines, total_amount, currency,
             correlation_id, placed_at, now()
           from jsonb_to_recordset($1::jsonb) as r (order_id uuid, version int, sequence int, answers jsonb, status text, reason text,
             payment_id text, customer_id text, lines jsonb, total_amount bigint, currency text, correlation_id text, placed_at timestamptz)
           on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, answers = excluded.answers,
             status = excluded.status, reason = excluded.reason, payment_id = excluded.payment_id, updated_at = excluded.updated_at
           where o.version = excluded.version - 1`,
    values,
  );
}

/** Appends to the history. The primary key (order, sequence) refuses a second event in the same place. */
export function appendEvents(events: Envelope[]): Statement[] {
  const values = events.map(({ subject, sequence, id, type, data, time }) => ({
    order_id: subject,
    sequence: Number(sequence),
    message_id: id,
    type,
    data,
    time,
  }));
  return writeRows(
    'order-events-append',
    `insert into order_events (order_id, sequence, message_id, type, data, time)
           select order_id, sequence, message_id, type, data, time
           from jsonb_to_recordset($1::jsonb) as r (order_id uuid, sequence int, message_id text, type text, data jsonb, time timestamptz)`,
    values,
  );
}

export async function cancellationAsked(tx: Tx, orderId: string): Promise<boolean> {
  const { rows } = await tx.query<{ asked: boolean }>({
    name: 'order-events-cancellation-asked',
    text: `select exists (select from order_events where order_id = $1 and type = 'OrderCancellationRequested') as asked`,
    values: [orderId],
  });
  return rows[0]?.asked ?? false;
}
