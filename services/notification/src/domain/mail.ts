import type { RejectionReason } from '@order-saga/contracts/order';
import type { MailRequest } from './recipient.ts';

/** A reason of a later release has no sentence here. */
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'out-of-stock': 'what you ordered is sold out',
    'payment-declined': 'your payment was declined',
    'no-answer': 'we could not complete it in time',
    'stopped-by-operator': 'we had to stop it',
  } satisfies Record<RejectionReason, string>),
);

/** Subject and plain text of the mail about one outcome. */
export function writeMail(
  orderId: string,
  { kind, name, reason }: MailRequest,
): { subject: string; text: string } {
  const greeting = `Hello ${name},\n\n`;
  const end = `\n\nOrder ${orderId}\n`;
  switch (kind) {
    case 'order-confirmed':
      return {
        subject: 'Your order is confirmed',
        text: `${greeting}your order is confirmed and on its way.${end}`,
      };
    case 'order-rejected': {
      const because = REASONS.get(reason ?? '') ?? 'it could not be completed';
      return {
        subject: 'Your order was not accepted',
        text: `${greeting}we are sorry: ${because}. You were not charged.${end}`,
      };
    }
    case 'order-cancelled':
      return {
        subject: 'Your order is cancelled',
        text: `${greeting}your order is cancelled. What you paid goes back to you.${end}`,
      };
  }
}
