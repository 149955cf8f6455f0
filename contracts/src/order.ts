/** The messages that the order service owns: its events, and the commands that it obeys. */
import { z } from 'zod';
import { command, erasableEvent, event } from '@sagakit/messages/define';
import { personal, secret } from '@sagakit/messages/personal';
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
    payment: z.object({ token: secret(z.string().min(1)) }),
  }),
  subject,
);

/**
 * Whom an order is for. Kept apart from what the order is, on a topic of its own that few may read, so that
 * it can be forgotten: a record of the order's id without a value takes it back.
 */
export const ContactProvided = erasableEvent(
  'ContactProvided',
  'order.contacts',
  z.object({ ...ofOrder, customerId: z.string().min(1), contact: personal(Contact) }),
  subject,
  OrderId,
);

/** Orders of one erasure that one event names; a customer with more has more of these events. */
export const MOST_ERASED = 1_000;

/**
 * What was held of a customer's personal data is gone from the order service, and the records that say so to
 * the others are on their way. About a customer: no order's conversation has it.
 */
export const CustomerErased = event(
  'CustomerErased',
  'order.events',
  z.object({
    customerId: z.string().min(1).max(200),
    /** Whose contacts were erased. */
    orders: z.array(OrderId).max(MOST_ERASED),
    /** Who asked for it. */
    by: z.string().min(1).max(200),
    at: z.iso.datetime(),
  }),
  ({ customerId }) => customerId,
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
