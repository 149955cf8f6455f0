/** The write path: an order as it is now, and its history beside it. HTTP's reads are in reads.ts. */
import type { OrderId } from '@order-saga/contracts/values';
import { eventStore } from '@sagakit/messaging/aggregate/event-sourced';
import { column, table } from '@sagakit/messaging/aggregate/table';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Order } from '../domain/order.ts';

/**
 * The order with what its row needs beside it. `contactApart`: a message of its own told its contact, and has
 * a number among the order's messages that no event of its history has. Not so before contacts had a topic.
 */
export type PlacedOrder = Order & { correlationId: string; placedAt: string; contactApart: boolean };

const ORDER_ID = ['order_id', column.uuid<OrderId>()] as const;

/** Append-only; `orders` is what they make of it. */
export const orderEvents = eventStore('order_events', ORDER_ID);

export const ordersTable = table({
  name: 'orders',
  key: ORDER_ID,
  columns: {
    status: column.text<Order['status']>(),
    reason: column.text<string | null>(),
    payment_id: column.text<string | null>(),
    customer_id: column.once(column.text()),
    lines: column.once(column.jsonb<Order['lines']>()),
    total_amount: column.once(column.bigint()),
    currency: column.once(column.text()),
    correlation_id: column.once(column.text()),
    placed_at: column.once(column.timestamptz()),
    contact_apart: column.once(column.boolean()),
    updated_at: column.savedAt(),
  },
  toColumns: (order: PlacedOrder) => ({
    status: order.status,
    reason: order.status === 'REJECTED' ? order.reason : null,
    payment_id: order.status === 'CONFIRMED' ? order.paymentId : null,
    customer_id: order.customerId,
    lines: order.lines,
    total_amount: order.total.amount,
    currency: order.total.currency,
    correlation_id: order.correlationId,
    placed_at: order.placedAt,
    contact_apart: order.contactApart,
  }),
  toState: ({ status, reason, payment_id, ...row }, orderId) =>
    ({
      orderId,
      customerId: row.customer_id,
      lines: row.lines,
      total: { amount: row.total_amount, currency: row.currency },
      status,
      ...(reason === null ? {} : { reason }),
      ...(payment_id === null ? {} : { paymentId: payment_id }),
      correlationId: row.correlation_id,
      placedAt: row.placed_at,
      contactApart: row.contact_apart,
    }) as PlacedOrder,
});

export async function cancellationAsked(tx: Tx, orderId: string): Promise<boolean> {
  const { rows } = await tx.query<{ asked: boolean }>({
    name: 'order-events-cancellation-asked',
    text: `select exists (select from order_events
             where order_id = $1 and type = 'OrderCancellationRequested') as asked`,
    values: [orderId],
  });
  return rows[0]?.asked ?? false;
}
