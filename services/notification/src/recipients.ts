/** Which event of an order, and which result of the mail server, goes to which decision. */
import { NotificationSent } from '@order-saga/contracts/notification';
import { OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected } from '@order-saga/contracts/order';
import { aggregate } from '@sagakit/messaging/aggregate/aggregate';
import {
  mail,
  mailSent,
  rememberContact,
  tellCancelled,
  tellConfirmed,
  tellRejected,
} from './domain/recipient.ts';
import { recordSent } from './storage/ledger.ts';
import { recipientsTable } from './storage/recipients-table.ts';

export const recipients = aggregate({ table: recipientsTable })
  .on(OrderPlaced, rememberContact)
  .on(OrderConfirmed, tellConfirmed)
  .on(OrderRejected, tellRejected)
  .on(OrderCancelled, tellCancelled)
  .onResult(mail, mailSent)
  .record(NotificationSent, recordSent);
