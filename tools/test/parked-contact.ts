/** A contact that notification has parked: what it says, and every call that shows something of it. */
import { queryAt } from '@sagakit/testing/connected';

const contact = {
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  address: { street: 'St James Square 12', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' },
};

/** What nobody sees of it without the right to: of its value, also in base64, and of the words about it. */
export const HIDDEN = [
  ...['ada@example.com', 'Lovelace', 'James', 'tok_visa', 'YWRhQGV4YW1wbGU'],
  ...['invalid input', 'Invalid input'],
];

/**
 * Parks it as `id`, under the key `id`, with words of PostgreSQL that quote it.
 *
 * @param database the one of notification
 * @returns what was received
 */
export async function parkContact(database: Parameters<typeof queryAt>[0], id: string): Promise<object> {
  const value = { type: 'ContactProvided', data: { orderId: id, contact }, more: { token: 'tok_visa' } };
  const error = `error: invalid input syntax for type uuid: "${contact.email}"`;
  await queryAt(
    database,
    `insert into dead_letters (id, reason, error, attempts, topic, partition, "offset", key, value, headers)
     values ($1, 'data-error', $2, 1, 'order.contacts', 0, 1, $3, $4, '{}')`,
    [id, error, Buffer.from(id), Buffer.from(JSON.stringify(value))],
  );
  return value;
}

/** It is looked at, listed, and tried: what is wrong with it now is told too. */
export const showing = (id: string): { target: string; init?: RequestInit }[] => [
  { target: `/dead-letters/${id}` },
  { target: `/dead-letters?key=${id}` },
  {
    target: `/dead-letters/${id}/replay`,
    init: {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dryRun: true }),
    },
  },
];
