/** The messages that the payment service owns: its events, and the commands that it obeys. */
import { z } from 'zod';
import { command, event } from '@sagakit/messages/define';
import { secret } from '@sagakit/messages/personal';
import { Money, OrderId } from './values.ts';

const ofOrder = { orderId: OrderId };
const subject = (data: { orderId: string }) => data.orderId;

export const PaymentProcessed = event(
  'PaymentProcessed',
  'payment.events',
  z.object({ ...ofOrder, paymentId: z.string().min(1), amount: Money }),
  subject,
);

/** `code` is the provider's, or `undone` where the undo came before the charge. */
export const PaymentDeclined = event(
  'PaymentDeclined',
  'payment.events',
  z.object({ ...ofOrder, code: z.string().min(1) }),
  subject,
);

/** `amount` is what went back to the customer: 0 where nothing had been taken. */
export const PaymentRefunded = event(
  'PaymentRefunded',
  'payment.events',
  z.object({ ...ofOrder, amount: Money }),
  subject,
);

export const ProcessPayment = command(
  'ProcessPayment',
  'payment.commands',
  z.object({ ...ofOrder, amount: Money, token: secret(z.string().min(1).max(200)) }),
  subject,
  [PaymentProcessed, PaymentDeclined],
);

export const RefundPayment = command(
  'RefundPayment',
  'payment.commands',
  z.object(ofOrder),
  subject,
  [PaymentRefunded],
  {
    undo: true,
  },
);
