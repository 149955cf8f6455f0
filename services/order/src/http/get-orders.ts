import { MAY_SEE_ORDERS } from '@order-saga/contracts/access';
import { catalogue } from '@order-saga/contracts/catalogue';
import { AnOrderId, Text } from '@order-saga/contracts/values';
import { masksOf } from '@sagakit/messages/personal';
import type { Caller } from '@sagakit/service-kit/http/auth/access';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { Time } from '@sagakit/service-kit/http/inputs';
import { paged } from '@sagakit/service-kit/http/paged';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { evolve, type Order, type OrderEvent } from '../domain/order.ts';
import type { OrderEventRow, OrderRow, Reads } from '../storage/reads.ts';

const Status = z.enum(['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED']);
const byTime = paged(z.object({ placedAt: Time, orderId: AnOrderId }));
const params = z.object({ orderId: AnOrderId });

export function getOrders(reads: Reads) {
  return [
    endpoint({
      method: 'get',
      path: '/orders/:orderId',
      summary: 'An order as it is, or as it was at `asOf`',
      access: MAY_SEE_ORDERS,
      inputs: { params, query: z.object({ asOf: Time.optional() }) },
      responses: {
        200: 'The order',
        400: 'asOf is not a time',
        404: 'No such order, or not yet at that time',
      },
      async handle({ params: { orderId }, query: { asOf } }, _headers, caller) {
        const row = await seenBy(caller, reads, orderId);
        return { status: 200, body: asOf === undefined ? rowView(row) : await past(reads, row, asOf) };
      },
    }),
    endpoint({
      method: 'get',
      path: '/orders/:orderId/events',
      summary: "An order's history, oldest first",
      access: MAY_SEE_ORDERS,
      inputs: { params },
      responses: { 200: '{items}', 404: 'No such order' },
      async handle({ params: { orderId } }, _headers, caller) {
        await seenBy(caller, reads, orderId);
        const events = await reads.listEvents(orderId);
        return { status: 200, body: { items: events.map(eventView) } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/orders',
      summary: "Orders, newest first; with the scope `orders` one's own",
      access: MAY_SEE_ORDERS,
      inputs: {
        query: z.object({ ...byTime.query, customerId: Text.optional(), status: Status.optional() }),
      },
      responses: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
      async handle({ query: { customerId, status, ...asked } }, _headers, { onlyOf }) {
        const customers = [customerId, onlyOf].filter((id) => id !== undefined);
        const body = await byTime.page(
          asked,
          (page) => reads.listOrders({ customers, status, ...page }),
          rowView,
        );
        return { status: 200, body };
      },
    }),
  ];
}

/** Whether an order is another customer's nobody is told: it is as if it were not there. */
async function seenBy({ onlyOf }: Caller, reads: Reads, orderId: string): Promise<OrderRow> {
  const row = await reads.findOrder(orderId);
  if (!row || (onlyOf !== undefined && row.customerId !== onlyOf)) throw noSuchOrder(orderId);
  return row;
}

/** Told from its events alone. */
async function past(reads: Reads, row: OrderRow, asOf: Date): Promise<object> {
  const { orderId } = row;
  const events = await reads.listEvents(orderId, asOf);
  const last = events.at(-1);
  if (!last) throw noSuchOrder(orderId);
  const order = events.map(toEvent).reduce<Order | undefined>(evolve, undefined) as Order;
  return {
    orderId,
    status: order.status,
    ...(order.status === 'REJECTED' ? { reason: order.reason } : {}),
    customerId: order.customerId,
    lines: order.lines,
    total: order.total,
    correlationId: row.correlationId,
    version: events.length,
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
    version: row.sequence - (row.contactApart ? 1 : 0),
    placedAt: row.placedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

const toEvent = ({ type, data }: OrderEventRow) => ({ type, data }) as unknown as OrderEvent;

const masks = masksOf(catalogue);

/** @param place from 0: of the history. Among the order's messages its number may be another. */
function eventView({ type, time, messageId, data }: OrderEventRow, place: number): object {
  return {
    sequence: place + 1,
    type,
    time: time.toISOString(),
    id: messageId,
    data: masks.data(type, data),
  };
}

export function noSuchOrder(orderId: string): Problem {
  return new Problem(404, `There is no order ${orderId}.`, {
    errors: [{ field: 'orderId', message: 'is not known' }],
  });
}
