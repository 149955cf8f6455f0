/** Whom each order is for: a row per order, which can be forgotten. No event of its history says it. */
import type { ContactProvided } from '@order-saga/contracts/order';
import type { Contact, OrderId } from '@order-saga/contracts/values';
import type { EnvelopeOf } from '@sagakit/messages/envelope';
import { type Statement, writeRows } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

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

export type OrderContact = { orderId: OrderId; placedAt: Date; contact: Contact };

/** By the time when they were placed, which no order changes. */
export type ContactsPage = {
  customerId: string;
  /** Of orders that were placed up to then. Default: all. */
  until?: Date;
  /** The last of the page before. */
  after: { placedAt: Date; orderId: string } | undefined;
  limit: number;
};

export async function listContacts(
  tx: Tx,
  { customerId, until, after, limit }: ContactsPage,
): Promise<OrderContact[]> {
  const { rows } = await tx.query<OrderContact>({
    name: 'order-contacts-list',
    text: `select o.order_id as "orderId", o.placed_at as "placedAt", c.contact
           from orders o join order_contacts c on c.order_id = o.order_id
           where o.customer_id = $1 and o.placed_at <= coalesce($2::timestamptz, 'infinity')
             and ($3::timestamptz is null or (o.placed_at, o.order_id) > ($3::timestamptz, $4::uuid))
           order by o.placed_at, o.order_id limit $5`,
    values: [customerId, until ?? null, after?.placedAt ?? null, after?.orderId ?? null, limit],
  });
  return rows;
}

/** Whether any is held of an order that was placed later than that. */
export async function hasContacts(tx: Tx, customerId: string, since: Date | undefined): Promise<boolean> {
  const { rows } = await tx.query<{ has: boolean }>({
    name: 'order-contacts-has',
    text: `select exists (select from orders o join order_contacts c on c.order_id = o.order_id
             where o.customer_id = $1 and o.placed_at > coalesce($2::timestamptz, '-infinity')) as has`,
    values: [customerId, since ?? null],
  });
  return rows[0]?.has ?? false;
}

export async function isCustomer(tx: Tx, customerId: string): Promise<boolean> {
  const { rows } = await tx.query<{ known: boolean }>({
    name: 'orders-customer-known',
    text: 'select exists (select from orders where customer_id = $1) as known',
    values: [customerId],
  });
  return rows[0]?.known ?? false;
}

export function deleteContacts(orders: readonly string[]): Statement[] {
  if (orders.length === 0) return [];
  return [
    {
      name: 'order-contacts-delete',
      text: 'delete from order_contacts where order_id = any($1::uuid[])',
      values: [orders],
    },
  ];
}
