/** A checker that finds nothing proves nothing: each breach must be found. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@order-saga/contracts/envelope';
import { breaches, type Observed } from './invariants.ts';

const stock = (change: object = {}) => ({
  sku: 'A',
  name: 'A',
  price: { amount: 1, currency: 'EUR' },
  available: 8,
  reserved: 0,
  sold: 2,
  ...change,
});
const message = (id: string, sequence: number, change: Partial<Envelope> = {}) =>
  ({ id, source: '/order', subject: 'o1', sequence: String(sequence), correlationid: 'c1', ...change }) as Envelope;
const charge = { orderId: 'o1', kind: 'charge' as const, amount: { amount: 500, currency: 'EUR' }, idempotencyKey: 'o1' };

const good: Observed = {
  accepted: ['o1'],
  orders: [{ orderId: 'o1', status: 'CONFIRMED', total: 500 }],
  events: [
    { orderId: 'o1', messageId: 'm1', type: 'OrderPlaced' },
    { orderId: 'o1', messageId: 'm2', type: 'OrderConfirmed' },
  ],
  ledger: [charge],
  reservations: [{ orderId: 'o1', status: 'COMMITTED' }],
  stockBefore: [stock({ available: 9, sold: 0 })],
  stockAfter: [stock()],
  adjusted: new Map([['A', 1]]),
  topics: new Map([['order.events', [message('m1', 1), message('m2', 2)]]]),
  notifications: [{ orderId: 'o1', kind: 'order-confirmed' }],
  sagas: [{ orderId: 'o1', status: 'completed', steps: [{ name: 'reserve' }] }],
  glimpses: [
    { orderId: 'o1', status: 'PENDING' },
    { orderId: 'o1', status: 'CONFIRMED' },
  ],
};
const found = (change: Partial<Observed>) => [...new Set(breaches({ ...good, ...change }).map(({ invariant }) => invariant))];

describe('the checker', () => {
  it('finds nothing where nothing is wrong', () => assert.deepEqual(found({}), []));
  it('finds a lost order', () => assert.ok(found({ accepted: ['o1', 'o2'] }).includes(1)));
  it('finds an order that has not ended', () =>
    assert.ok(found({ orders: [{ orderId: 'o1', status: 'PENDING', total: 500 }] }).includes(1)));
  it('finds an id that was given out twice', () => assert.deepEqual(found({ accepted: ['o1', 'o1'] }), [1]));
  it('finds a second charge', () => assert.deepEqual(found({ ledger: [charge, charge] }), [2]));
  it('finds a missing charge', () => assert.deepEqual(found({ ledger: [] }), [2]));
  it('finds a charge that was kept', () =>
    assert.ok(found({ orders: [{ orderId: 'o1', status: 'REJECTED', total: 500 }] }).includes(2)));
  it('finds a second refund', () => {
    const refund = { ...charge, kind: 'refund' as const };
    assert.ok(found({ ledger: [charge, refund, refund] }).includes(2));
  });
  it('finds pieces that vanished', () => assert.deepEqual(found({ stockAfter: [stock({ sold: 1 })] }), [3]));
  it('finds negative stock', () => assert.deepEqual(found({ stockAfter: [stock({ available: -1, sold: 11 })] }), [3]));
  it('finds a reservation left behind', () =>
    assert.deepEqual(found({ reservations: [{ orderId: 'o1', status: 'RESERVED' }] }), [3]));
  it('finds a message that never reached Kafka', () =>
    assert.deepEqual(found({ topics: new Map([['order.events', [message('m1', 1)]]]) }), [4]));
  it('finds a message that nobody committed', () => {
    assert.deepEqual(found({ topics: new Map([['order.events', [message('m1', 1), message('m2', 2), message('m3', 3)]]]) }), [4]);
  });
  it('finds an order that ended twice', () => {
    const events = [...good.events, { orderId: 'o1', messageId: 'm3', type: 'OrderRejected' }];
    const topics = new Map([['order.events', [message('m1', 1), message('m2', 2), message('m3', 3)]]]);
    const notifications = [...good.notifications, { orderId: 'o1', kind: 'order-rejected' }];
    assert.deepEqual(found({ events, topics, notifications }), [4]);
  });
  it('finds a gap in a story', () =>
    assert.deepEqual(found({ topics: new Map([['order.events', [message('m1', 1), message('m2', 3)]]]) }), [5]));
  it('finds a step back', () =>
    assert.deepEqual(found({ topics: new Map([['order.events', [message('m2', 2), message('m1', 1)]]]) }), [5]));
  it('takes a message that was sent twice for one', () => {
    assert.deepEqual(found({ topics: new Map([['order.events', [message('m1', 1), message('m2', 2), message('m1', 1)]]]) }), []);
  });
  it('finds a status that went back', () => {
    const glimpses = [
      { orderId: 'o1', status: 'CONFIRMED' },
      { orderId: 'o1', status: 'PENDING' },
    ];
    assert.deepEqual(found({ glimpses }), [6]);
  });
  it('finds an outcome that nobody was told', () => assert.deepEqual(found({ notifications: [] }), [7]));
  it('finds a notification of what did not happen', () => {
    assert.deepEqual(found({ notifications: [...good.notifications, { orderId: 'o1', kind: 'order-rejected' }] }), [7]);
  });
  it('finds a customer who was told twice', () =>
    assert.deepEqual(found({ notifications: [...good.notifications, ...good.notifications] }), [7]));
  it('finds an undo out of order', () => {
    const undo = (sentAt: string, endedAt: string) => ({ sentAt, endedAt });
    const saga = (first: object, second: object) =>
      ({
        orderId: 'o1',
        status: 'compensated',
        steps: [
          { name: 'reserve', undo: first },
          { name: 'pay', undo: second },
        ],
      }) as Observed['sagas'][number];
    assert.deepEqual(found({ sagas: [saga(undo('3', '4'), undo('1', '2'))] }), []);
    assert.deepEqual(found({ sagas: [saga(undo('1', '4'), undo('1', '2'))] }), [8]);
    assert.deepEqual(found({ sagas: [saga(undo('3', '4'), { sentAt: '1' })] }), [8]);
  });
  it('finds a message of another story', () => {
    const topics = new Map([['order.events', [message('m1', 1), message('m2', 2, { correlationid: 'c2' })]]]);
    assert.deepEqual(found({ topics }), [9]);
  });
  it('finds a message without a cause', () => {
    const topics = new Map([['order.events', [message('m1', 1), message('m2', 2, { causationid: 'm9' })]]]);
    assert.deepEqual(found({ topics }), [9]);
  });
  it('finds a saga that was forgotten', () => {
    assert.deepEqual(found({ sagas: [] }), [11]);
    assert.deepEqual(found({ sagas: [{ orderId: 'o1', status: 'needs-attention', steps: [] }] }), [11]);
  });
});
