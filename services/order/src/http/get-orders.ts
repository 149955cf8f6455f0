import { Text } from '@order-saga/contracts/values';
import { decodeCursor, type Endpoint, endpoint, pageOf, Paging } from '@sagakit/service-kit/http/endpoint';
import { AnOrderId } from '@order-saga/contracts/values';
import { Time } from '@sagakit/service-kit/http/inputs';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { evolve, type Order, type OrderEvent } from '../domain/order.ts';
import type { OrderEventRow, OrderRow, Reads } from '../storage/reads.ts';

const Status = z.enum(['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED']);
const Cursor = z.object({ placedAt: Time, orderId: AnOrderId });
const params = z.object({ orderId: AnOrderId });

export function getOrders(reads: Reads): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/orders/:orderId',
      summary: 'An order as it is, or as it was at `asOf`',
      inputs: { params, query: z.object({ asOf: Time.optional() }) },
      answers: { 200: 'The order', 400: 'asOf is not a time', 404: 'No such order, or not yet at that time' },
      handle: async ({ params: { orderId }, query: { asOf } }) => ({
        status: 200,
        body: asOf === undefined ? await current(reads, orderId) : await past(reads, orderId, asOf),
      }),
    }),
    endpoint({
      method: 'get',
      path: '/orders/:orderId/events',
      summary: "An order's history, oldest first",
      inputs: { params },
      answers: { 200: '{items}', 404: 'No such order' },
      async handle({ params: { orderId } }) {
        const events = await reads.listEvents(orderId);
        if (events.length === 0) throw noSuchOrder(orderId);
        return { status: 200, body: { items: events.map(eventView) } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/orders',
      summary: 'Orders, newest first',
      inputs: { query: z.object({ ...Paging, customerId: Text.optional(), status: Status.optional() }) },
      answers: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
      async handle({ query: { customerId, status, limit, cursor } }) {
        const after = decodeCursor(Cursor, cursor);
        const rows = await reads.listOrders({ customerId, status, limit: limit + 1, after });
        const { items, ...next } = pageOf(rows, limit, ({ placedAt, orderId }) => ({ placedAt, orderId }));
        return { status: 200, body: { items: items.map(rowView), ...next } };
      },
    }),
  ];
}

async function current(reads: Reads, orderId: string): Promise<object> {
  const row = await reads.findOrder(orderId);
  if (!row) throw noSuchOrder(orderId);
  return rowView(row);
}

/** Told from its events alone. */
async function past(reads: Reads, orderId: string, asOf: Date): Promise<object> {
  const [row, events] = await Promise.all([reads.findOrder(orderId), reads.listEvents(orderId, asOf)]);
  const last = events.at(-1);
  if (!row || !last) throw noSuchOrder(orderId);
  const order = events.map(toEvent).reduce<Order | undefined>(evolve, undefined) as Order;
  return {
    orderId,
    status: order.status,
    ...(order.status === 'REJECTED' ? { reason: order.reason } : {}),
    customerId: order.customerId,
    lines: order.lines,
    total: order.total,
    correlationId: row.correlationId,
    version: last.sequence,
    placedAt: row.placedAt.toISOString(),
    updatedAt: last.time.toISOString(),
  };
}

function rowView(row: OrderRow): object {
  return {
    orderId: row.orderId,
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    customerId: row.customerId,
    lines: row.lines,
    total: { amount: Number(row.totalAmount), currency: row.currency },
    correlationId: row.correlationId,
    version: row.sequence,
    placedAt: row.placedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

const toEvent = ({ type, data }: OrderEventRow) => ({ type, data }) as unknown as OrderEvent;

/** Card token and contact are in the history, and are nobody's business here. */
function eventView({ sequence, type, time, messageId, data }: OrderEventRow): object {
  const { payment: _, contact: __, ...shown } = data as Record<string, unknown>;
  return { sequence, type, time: time.toISOString(), id: messageId, data: shown };
}

function noSuchOrder(orderId: string): Problem {
  return new Problem(404, `There is no order ${orderId}.`, {
    errors: [{ field: 'orderId', message: 'is not known' }],
  });
}
