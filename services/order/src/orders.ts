/** Which command goes to which decision about an order; its messages are its history. */
import { CancelOrder, ConfirmOrder, RejectOrder } from '@order-saga/contracts/order';
import { eventSourced } from '@sagakit/messaging/aggregate/event-sourced';
import { cancelOrder, confirmOrder, evolve, type OrderEvent, rejectOrder } from './domain/order.ts';
import { orderEvents, ordersTable, type PlacedOrder } from './storage/orders-table.ts';

export const orders = eventSourced({
  table: ordersTable,
  events: orderEvents,
  evolve: (placed: PlacedOrder, event: OrderEvent) => placedAs(evolve(placed, event), placed),
  conversationOf: ({ correlationId }) => correlationId,
})
  .on(ConfirmOrder, confirmOrder)
  .on(RejectOrder, rejectOrder)
  .on(CancelOrder, cancelOrder);

/** When it was placed, in which conversation, and how its contact was told, no later event changes. */
function placedAs<O>(
  order: O,
  { correlationId, placedAt, contactApart }: PlacedOrder,
): O & Pick<PlacedOrder, 'correlationId' | 'placedAt' | 'contactApart'> {
  return { ...order, correlationId, placedAt, contactApart };
}
