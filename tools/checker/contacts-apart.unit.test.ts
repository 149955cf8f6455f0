/** What the checker may not read it counts all the same: a contact is the second message of its order. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import { violations } from './invariants.ts';

const NOTHING = {
  ...{ accepted: [], orders: [], events: [], ledger: [], reservations: [], stockBefore: [], stockAfter: [] },
  ...{ adjusted: new Map(), notifications: [], sagas: [], observedStatuses: [] },
};
/** Of an order whose messages on its own topic have these numbers. */
const found = (...numbers: number[]) => {
  const messages = numbers.map((number) => {
    const message = { id: `m${number}`, source: '/order', subject: 'o1', sequence: String(number) };
    return { ...message, correlationid: 'c1' } as Envelope;
  });
  const observed = { ...NOTHING, topics: new Map([['order.events', messages]]), contactsApart: ['o1'] };
  return violations(observed).flatMap(({ invariant, what }) => (invariant === 5 ? [what] : []));
};

it('a contact that was told apart is the second message of its order', () => {
  assert.deepEqual(found(1, 3), []);
  assert.deepEqual(found(1, 2), ['order.events: /order o1 has two messages with the number 2']);
  assert.deepEqual(found(1, 4), ['/order o1 has 3 messages and goes to 4']);
});
