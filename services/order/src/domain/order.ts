/**
 * An order is what its events say. Decisions give events; `evolve` makes the state of them; both are pure.
 */
import type { Message, MessageOf } from '@sagakit/messages/define';
import { type DataOf, ignore, type Ignored } from '@sagakit/messaging/aggregate/decision';
import type { OrderPlaced } from '@order-saga/contracts/order';
import {
  type CancelOrder,
  type ConfirmOrder,
  OrderCancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderRejected,
  type RejectionReason,
  type RejectOrder,
} from '@order-saga/contracts/order';
import type { Money, OrderId, PricedLine } from '@order-saga/contracts/values';

export type OrderEvent =
  | MessageOf<typeof OrderPlaced>
  | MessageOf<typeof OrderConfirmed>
  | MessageOf<typeof OrderRejected>
  | MessageOf<typeof OrderCancellationRequested>
  | MessageOf<typeof OrderCancelled>;

type Placed = { orderId: OrderId; customerId: string; lines: PricedLine[]; total: Money };

export type Order = Placed &
  (
    | { status: 'PENDING' }
    | { status: 'CONFIRMED'; paymentId: string }
    | { status: 'REJECTED'; reason: RejectionReason }
    | { status: 'CANCELLED' }
  );

/** What a command leads to: events, or nothing, by name. */
export type Decided = readonly OrderEvent[] | Ignored;

export function evolve(order: Order | undefined, event: OrderEvent): Order {
  if (event.type === 'OrderPlaced') {
    const { orderId, customerId, lines, total } = event.data;
    return { orderId, customerId, lines, total, status: 'PENDING' };
  }
  if (!order) throw new Error(`${event.type} of an order that was never placed`);
  const { orderId, customerId, lines, total } = order;
  const placed = { orderId, customerId, lines, total };
  switch (event.type) {
    case 'OrderConfirmed':
      return { ...placed, status: 'CONFIRMED', paymentId: event.data.paymentId };
    case 'OrderRejected':
      return { ...placed, status: 'REJECTED', reason: event.data.reason };
    case 'OrderCancellationRequested':
      return order;
    case 'OrderCancelled':
      return { ...placed, status: 'CANCELLED' };
    default:
      return assertNever(event);
  }
}

export function confirmOrder(order: Order | undefined, data: DataOf<typeof ConfirmOrder>): Decided {
  if (!order) return ignore('no-such-order');
  if (order.status !== 'PENDING') return ignore(`order-already-${order.status.toLowerCase()}`);
  return [OrderConfirmed(data)];
}

export function rejectOrder(order: Order | undefined, data: DataOf<typeof RejectOrder>): Decided {
  if (!order) return ignore('no-such-order');
  if (order.status !== 'PENDING') return ignore(`order-already-${order.status.toLowerCase()}`);
  return [OrderRejected(data)];
}

/**
 * A pending order is cancelled when its saga was undone for that; a confirmed one when refund and return are
 * done.
 */
export function cancelOrder(order: Order | undefined, data: DataOf<typeof CancelOrder>): Decided {
  if (!order) return ignore('no-such-order');
  if (order.status === 'REJECTED' || order.status === 'CANCELLED')
    return ignore(`order-already-${order.status.toLowerCase()}`);
  return [OrderCancelled(data)];
}

/** The customer's wish: a fact, not yet the cancellation. Repeated, it changes nothing. */
export function requestCancellation(order: Order, askedBefore: boolean): Decided {
  if (order.status === 'REJECTED') return ignore('order-already-rejected');
  if (askedBefore || order.status === 'CANCELLED') return ignore('asked-before');
  return [OrderCancellationRequested({ orderId: order.orderId })];
}

function assertNever(event: never): never {
  throw new Error(`an order event that nobody handles: ${(event as Message).type}`);
}
