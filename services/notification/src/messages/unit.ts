/** Which event of an order, and which answer of the mail server, goes to which decision. */
import { OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected } from '@order-saga/contracts/order';
import { type Handlers, ignore } from '@order-saga/messaging/decision';
import { handleRow } from '@order-saga/messaging/participant';
import { createRows } from '@order-saga/messaging/rows';
import type { Unit } from '@order-saga/messaging/unit';
import {
  type MailAnswer,
  mailSent,
  type Recipient,
  rememberContact,
  tellCancelled,
  tellConfirmed,
  tellRejected,
} from '../domain/recipient.ts';
import { lockRecipients, recordSent, type SentMail, saveRecipients } from '../storage/recipients.ts';

const handlers: Handlers<Recipient> = {
  OrderPlaced: rememberContact,
  OrderConfirmed: tellConfirmed,
  OrderRejected: tellRejected,
  OrderCancelled: tellCancelled,
  MailSent: mailSent,
};

export function notificationUnit(source: string): Unit {
  return {
    handles: [OrderPlaced, OrderConfirmed, OrderRejected, OrderCancelled],
    local: ['MailSent'],
    async load(tx, incoming) {
      const rows = createRows(await lockRecipients(tx, [...new Set(incoming.map(({ message }) => message.subject))]));
      const sent: SentMail[] = [];
      return {
        handle: (input, now) =>
          handleRow(rows.get(input.message.subject), input, {
            source,
            now,
            decide: (recipient, message) => handlers[message.type]?.(recipient, message, now) ?? ignore('no-decision'),
            keep(row, messages) {
              rows.set(row);
              const { kind, to } = input.message.data as MailAnswer;
              for (const { subject, time } of messages) sent.push({ orderId: subject, kind, to, sentAt: time });
            },
          }),
        save: () => [...saveRecipients(rows.changed()), ...recordSent(sent)],
      };
    },
  };
}
