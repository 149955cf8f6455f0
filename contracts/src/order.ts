/** The messages that the order service owns: its events, and the commands that it obeys. */
import { z } from 'zod';
import { command, event } from '@sagakit/messages/define';
import { Contact, Money, OrderId, PricedLine } from './values.ts';

const ofOrder = { orderId: OrderId };
const subject = (data: { orderId: string }) => data.orderId;

export const OrderPlaced = event(
  'OrderPlaced',
  'order.events',
  z.object({
    ...ofOrder,
    customerId: z.string().min(1),
    lines: z.array(PricedLine).min(1).max(100),
    total: Money,
    payment: z.object({ token: z.string().min(1) }),
    contact: Contact,
  }),
  subject,
);

export const OrderConfirmed = event(
  'OrderConfirmed',
  'order.events',
  z.object({ ...ofOrder, paymentId: z.string().min(1) }),
  subject,
);

export const RejectionReason = z.enum([
  'out-of-stock',
  'payment-declined',
  'no-answer',
  'stopped-by-operator',
]);
export type RejectionReason = z.infer<typeof RejectionReason>;

export const OrderRejected = event(
  'OrderRejected',
  'order.events',
  z.object({ ...ofOrder, reason: RejectionReason }),
  subject,
);

export const OrderCancellationRequested = event(
  'OrderCancellationRequested',
  'order.events',
  z.object(ofOrder),
  subject,
);

export const OrderCancelled = event('OrderCancelled', 'order.events', z.object(ofOrder), subject);

export const ConfirmOrder = command(
  'ConfirmOrder',
  'order.commands',
  z.object({ ...ofOrder, paymentId: z.string().min(1) }),
  subject,
  [OrderConfirmed],
);

export const RejectOrder = command(
  'RejectOrder',
  'order.commands',
  z.object({ ...ofOrder, reason: RejectionReason }),
  subject,
  [OrderRejected],
);

export const CancelOrder = command('CancelOrder', 'order.commands', z.object(ofOrder), subject, [
  OrderCancelled,
]);
