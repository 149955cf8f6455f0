/** Which event of an order, and which answer of the mail server, goes to which decision. */
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import { OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected } from '@order-saga/contracts/order';
import { byType, type Decision, ignore } from '@sagakit/messaging/aggregate/decision';
import { handleRow } from '@sagakit/messaging/aggregate/participant';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import { createIdentityMap } from '@sagakit/messaging/aggregate/rows';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
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

const EVENTS = [OrderPlaced, OrderConfirmed, OrderRejected, OrderCancelled] as const;

type Told = EnvelopeOf<(typeof EVENTS)[number]> | Envelope<'MailSent', MailAnswer>;

const decisionOf = byType<Told, Recipient | undefined, Decision<Recipient>>({
  OrderPlaced: rememberContact,
  OrderConfirmed: tellConfirmed,
  OrderRejected: tellRejected,
  OrderCancelled: tellCancelled,
  MailSent: mailSent,
});

export function notificationAggregate(writer: MessageWriter): Aggregate {
  return {
    handles: EVENTS,
    local: ['MailSent'],
    async load(tx, incoming) {
      const rows = createIdentityMap(await lockRecipients(tx, [...new Set(incoming.map(({ message }) => message.subject))]));
      const sent: SentMail[] = [];
      return {
        handle: (input, now) =>
          handleRow(rows.get(input.message.subject), input, {
            writer,
            now,
            decide: (recipient, message) => decisionOf(recipient, message, now) ?? ignore('no-decision'),
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
