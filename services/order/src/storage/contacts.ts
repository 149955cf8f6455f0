/** Whom each order is for: a row per order, which can be forgotten. No event of its history says it. */
import type { ContactProvided } from '@order-saga/contracts/order';
import type { EnvelopeOf } from '@sagakit/messages/envelope';
import { type Statement, writeRows } from '@sagakit/postgres/statement';

export function saveContacts(contacts: readonly EnvelopeOf<typeof ContactProvided>[]): Statement[] {
  return writeRows(
    'order-contacts-save',
    `insert into order_contacts (order_id, customer_id, contact)
           select order_id, customer_id, contact
           from jsonb_to_recordset($1::jsonb) as r (order_id uuid, customer_id text, contact jsonb)`,
    contacts.map(({ data: { orderId, customerId, contact } }) => ({
      order_id: orderId,
      customer_id: customerId,
      contact,
    })),
  );
}
