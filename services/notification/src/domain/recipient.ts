/** Whom to tell about an order, and what was told. Pure; the mail is an effect. */
import { NotificationKind, NotificationSent } from '@order-saga/contracts/notification';
import type { OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import {
  type Context,
  type DataOf,
  type Decision,
  decide,
  ignore,
  type ResultOf,
} from '@sagakit/messaging/aggregate/decision';
import { effect } from '@sagakit/messaging/effects/effect';
import { z } from 'zod';

export type Recipient = {
  email: string;
  name: string;
  /** One mail per outcome: what was asked for, sent or not. */
  asked: NotificationKind[];
};

export const mail = effect(
  'mail',
  z.object({ kind: NotificationKind, to: z.string(), name: z.string(), reason: z.string().optional() }),
  z.object({ kind: NotificationKind, to: z.string() }),
  { resultType: 'MailSent' },
);
export type MailRequest = z.infer<typeof mail.request>;

export function rememberContact(
  recipient: Recipient | undefined,
  { contact }: DataOf<typeof OrderPlaced>,
): Decision<Recipient> {
  if (recipient) return ignore('contact-known-already');
  const { email, name } = contact;
  return decide<Recipient>({ email, name, asked: [] });
}

function tell(
  recipient: Recipient | undefined,
  kind: NotificationKind,
  reason?: string,
): Decision<Recipient> {
  if (!recipient) return ignore('no-contact');
  if (recipient.asked.includes(kind)) return ignore('told-already');
  const { email: to, name } = recipient;
  const request: MailRequest = { kind, to, name, ...(reason === undefined ? {} : { reason }) };
  return decide<Recipient>({ ...recipient, asked: [...recipient.asked, kind] }, [], [mail(request)]);
}

export const tellConfirmed = (recipient: Recipient | undefined, _: DataOf<typeof OrderConfirmed>) =>
  tell(recipient, 'order-confirmed');

export const tellRejected = (recipient: Recipient | undefined, { reason }: DataOf<typeof OrderRejected>) =>
  tell(recipient, 'order-rejected', reason);

export const tellCancelled = (recipient: Recipient | undefined, _: DataOf<typeof OrderCancelled>) =>
  tell(recipient, 'order-cancelled');

/** The mail server took it. */
export function mailSent(
  recipient: Recipient | undefined,
  { kind }: ResultOf<typeof mail>,
  { subject: orderId }: Context<OrderId>,
): Decision<Recipient> {
  if (!recipient) return ignore('no-contact');
  return decide<Recipient>(recipient, [NotificationSent({ orderId, kind })]);
}
