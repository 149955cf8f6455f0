/** Which event of an order, and which result of the mail server, goes to which decision. */
import { NotificationSent } from '@order-saga/contracts/notification';
import { ContactProvided, OrderCancelled, OrderConfirmed, OrderRejected } from '@order-saga/contracts/order';
import { aggregate } from '@sagakit/messaging/aggregate/aggregate';
import {
  forgetContact,
  mail,
  mailSent,
  rememberContact,
  tellCancelled,
  tellConfirmed,
  tellRejected,
} from './domain/recipient.ts';
import { OrderPlacedWithContact } from './release-before.ts';
import { forgetSent, recordSent } from './storage/ledger.ts';
import { recipientsTable } from './storage/recipients-table.ts';

export const recipients = aggregate({ table: recipientsTable })
  .on(ContactProvided, rememberContact)
  .onErased(ContactProvided, forgetContact, forgetSent)
  .on(OrderPlacedWithContact, rememberContact)
  .on(OrderConfirmed, tellConfirmed)
  .on(OrderRejected, tellRejected)
  .on(OrderCancelled, tellCancelled)
  .onResult(mail, mailSent)
  .record(NotificationSent, recordSent);
