/** What the events say about the world: money, stock, mails; and about the order. */
import { Money, PricedLine } from '@order-saga/contracts/values';
import { z } from 'zod';
import type { OrderStatus, Results, Story } from '../api.ts';
import { type StoryMessage, textIn } from './message.ts';

const Lines = z.array(z.object({ sku: z.string(), quantity: z.int() }));
const Refund = z.object({ amount: Money });

/** In the order of each service's own sequence, which is the order of that service's facts. */
const bySequence = (messages: readonly StoryMessage[]) =>
  messages.toSorted((a, b) => a.sequence - b.sequence);

export function resultsOf(messages: readonly StoryMessage[]): Results {
  const known = bySequence(messages.filter(({ data }) => data !== undefined));
  const lastOf = (...types: string[]) => known.findLast(({ type }) => types.includes(type));
  const charged = Refund.safeParse(lastOf('PaymentProcessed')?.data).data?.amount;
  const refunded = Refund.safeParse(lastOf('PaymentRefunded')?.data).data?.amount;
  const mails = known.filter(({ type }) => type === 'NotificationSent');
  const stock = stockOf(known);
  return {
    ...(charged ? { charged } : {}),
    ...(refunded && refunded.amount > 0 ? { refunded } : {}),
    ...(stock ? { stock } : {}),
    mails: mails.map((mail) => ({ kind: textIn(mail, 'kind') ?? 'mail', at: mail.time })),
  };
}

const STOCK: Readonly<Record<string, NonNullable<Results['stock']>['state']>> = {
  InventoryReserved: 'reserved',
  InventoryCommitted: 'sold',
  InventoryReleased: 'given-back',
};

/** A release that had nothing to give back says nothing about the stock. */
function stockOf(known: readonly StoryMessage[]): Results['stock'] {
  const facts = known.flatMap(({ type, data }) => {
    const state = STOCK[type];
    const lines = Lines.safeParse(data?.['lines']).data ?? [];
    return state && lines.length > 0 ? [{ state, lines }] : [];
  });
  return facts.at(-1);
}

const Placed = z.object({
  orderId: z.string(),
  customerId: z.string(),
  lines: z.array(PricedLine),
  total: Money,
});

const STATUS: Readonly<Record<string, OrderStatus>> = {
  OrderPlaced: 'PENDING',
  OrderConfirmed: 'CONFIRMED',
  OrderRejected: 'REJECTED',
  OrderCancelled: 'CANCELLED',
};

type OfOrder = Pick<
  Story,
  'orderId' | 'customerId' | 'lines' | 'total' | 'status' | 'reason' | 'placedAt' | 'endedAt'
>;

/** What the story says about its order; nothing if it has none. */
export function orderOf(messages: readonly StoryMessage[]): OfOrder {
  const known = bySequence(messages.filter(({ data }) => data !== undefined));
  const last = known.findLast(({ type }) => type in STATUS);
  const placed = known.find(({ type }) => type === 'OrderPlaced');
  const order = Placed.safeParse(placed?.data).data;
  const status = last && STATUS[last.type];
  const reason = textIn(last, 'reason');
  const orderId =
    order?.orderId ?? known.map((message) => textIn(message, 'orderId')).find((id) => id !== undefined);
  return {
    ...(orderId ? { orderId } : {}),
    ...(order ? { customerId: order.customerId, lines: order.lines, total: order.total } : {}),
    ...(status ? { status } : {}),
    ...(reason ? { reason } : {}),
    ...(placed ? { placedAt: placed.time } : {}),
    ...(last && status !== 'PENDING' ? { endedAt: last.time } : {}),
  };
}
