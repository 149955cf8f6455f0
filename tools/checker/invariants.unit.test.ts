/** A checker that finds nothing proves nothing: each violation must be found. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import { violations, type Observed } from './invariants.ts';

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
  ({
    id,
    source: '/order',
    subject: 'o1',
    sequence: String(sequence),
    correlationid: 'c1',
    ...change,
  }) as Envelope;
const charge = {
  orderId: 'o1',
  kind: 'charge' as const,
  amount: { amount: 500, currency: 'EUR' },
  idempotencyKey: 'o1',
};

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
  contactsApart: [],
  notifications: [{ orderId: 'o1', kind: 'order-confirmed' }],
  sagas: [{ orderId: 'o1', status: 'completed', steps: [{ name: 'reserve' }] }],
  observedStatuses: [
    { orderId: 'o1', status: 'PENDING' },
    { orderId: 'o1', status: 'CONFIRMED' },
  ],
};
/** Every violation as it is told: `<invariant> <sentence>`. */
const found = (change: Partial<Observed>) =>
  violations({ ...good, ...change }).map(({ invariant, what }) => `${invariant} ${what}`);
const inKafka = (...messages: Envelope[]) => ({ topics: new Map([['order.events', messages]]) });
const [first, second] = [message('m1', 1), message('m2', 2)];
const withStatus = (status: string) => ({ orders: [{ orderId: 'o1', status, total: 500 }] });
const event = (messageId: string, type: string) => ({ orderId: 'o1', messageId, type });

describe('the checker', () => {
  it('finds nothing where nothing is wrong', () => assert.deepEqual(found({}), []));
});

describe('1: every order ends', () => {
  it('finds a lost order', () => {
    assert.deepEqual(found({ accepted: ['o1', 'o2'] }), [
      '1 order o2 was accepted and is not there',
      '11 the saga of order o2 is not there',
    ]);
  });
  it('finds an order that has not ended', () => {
    assert.deepEqual(
      found({ ...withStatus('PENDING'), ledger: [], reservations: [], observedStatuses: [] }),
      ['1 order o1 is still PENDING'],
    );
  });
  it('finds ids that were given out twice', () => {
    assert.deepEqual(found({ accepted: ['o1', 'o1'] }), ['1 1 order ids were given out twice']);
    assert.deepEqual(found({ accepted: ['o1', 'o1', 'o1'] }), ['1 2 order ids were given out twice']);
  });
  it('takes each of the three ends for one', () => {
    const undone = { ledger: [], reservations: [], observedStatuses: [] };
    assert.deepEqual(found({ ...withStatus('REJECTED'), ...undone }), []);
    assert.deepEqual(found({ ...withStatus('CANCELLED'), ...undone }), []);
  });
});

describe('2: the money is right', () => {
  const refund = { ...charge, kind: 'refund' as const };
  it('finds a second charge, also one that was given back', () => {
    assert.deepEqual(found({ ledger: [charge, charge] }), [
      '2 order o1 is CONFIRMED, the provider keeps 1000 instead of 500',
      '2 order o1 was charged 2 times',
    ]);
    assert.deepEqual(found({ ledger: [charge, charge, refund] }), ['2 order o1 was charged 2 times']);
  });
  it('finds a missing charge, also where another order was charged', () => {
    const missing = ['2 order o1 is CONFIRMED, the provider keeps 0 instead of 500'];
    assert.deepEqual(found({ ledger: [] }), missing);
    assert.deepEqual(found({ ledger: [{ ...charge, orderId: 'o2' }] }), missing);
  });
  it('finds a charge of another amount', () => {
    assert.deepEqual(found({ ledger: [{ ...charge, amount: { amount: 499, currency: 'EUR' } }] }), [
      '2 order o1 is CONFIRMED, the provider keeps 499 instead of 500',
    ]);
  });
  it('finds a charge that was kept', () => {
    assert.deepEqual(found({ ...withStatus('REJECTED'), reservations: [], observedStatuses: [] }), [
      '2 order o1 is REJECTED, the provider keeps 500 instead of 0',
    ]);
  });
  it('finds a second refund, also where the sum is right', () => {
    const undone = { ...withStatus('REJECTED'), reservations: [], observedStatuses: [] };
    assert.deepEqual(found({ ...undone, ledger: [charge, refund] }), []);
    assert.deepEqual(found({ ...undone, ledger: [charge, charge, refund, refund] }), [
      '2 order o1 was charged 2 times',
      '2 order o1 was refunded 2 times',
    ]);
    assert.deepEqual(found({ ...undone, ledger: [charge, refund, refund] }), [
      '2 order o1 is REJECTED, the provider keeps -500 instead of 0',
      '2 order o1 was refunded 2 times',
    ]);
  });
});

describe('3: pieces are conserved', () => {
  it('finds pieces that vanished or appeared, with what an operator added', () => {
    assert.deepEqual(found({ stockAfter: [stock({ sold: 1 })] }), ['3 A has 9 pieces instead of 10']);
    assert.deepEqual(found({ stockAfter: [stock({ reserved: 1 })] }), ['3 A has 11 pieces instead of 10']);
    assert.deepEqual(found({ adjusted: new Map() }), ['3 A has 10 pieces instead of 9']);
    assert.deepEqual(found({ stockBefore: [] }), ['3 A has 10 pieces instead of 1']);
  });
  it('finds negative stock, each kind of it', () => {
    for (const change of [
      { available: -1, sold: 11 },
      { available: 11, reserved: -1, sold: 0 },
      { available: 11, sold: -1 },
    ])
      assert.deepEqual(found({ stockAfter: [stock(change)] }), ['3 A is negative']);
    assert.deepEqual(found({ stockAfter: [stock({ available: 0, reserved: 0, sold: 10 })] }), []);
  });
  it('finds a reservation left behind', () => {
    assert.deepEqual(found({ reservations: [{ orderId: 'o1', status: 'RESERVED' }] }), [
      '3 order o1 is CONFIRMED and still holds a reservation',
    ]);
    const undone = { ledger: [], observedStatuses: [] };
    assert.deepEqual(
      found({ ...withStatus('REJECTED'), ...undone, reservations: [{ orderId: 'o1', status: 'RESERVED' }] }),
      ['3 order o1 is REJECTED and still holds a reservation'],
    );
  });
  it('finds pieces that are sold for an order that is not confirmed', () => {
    assert.deepEqual(found({ ...withStatus('CANCELLED'), ledger: [], observedStatuses: [] }), [
      '3 order o1 is CANCELLED and its pieces are sold',
    ]);
  });
  it('lets an order hold pieces while it is pending, and an ended one have given them back', () => {
    const pending = { ...withStatus('PENDING'), ledger: [], observedStatuses: [] };
    assert.deepEqual(found({ ...pending, reservations: [{ orderId: 'o1', status: 'RESERVED' }] }), [
      '1 order o1 is still PENDING',
    ]);
    assert.deepEqual(found({ reservations: [{ orderId: 'o1', status: 'RELEASED' }] }), []);
  });
});

describe('4: outbox and topics agree, and each message took effect once', () => {
  it('finds a message that never reached Kafka', () => {
    assert.deepEqual(found(inKafka(first)), ['4 event m2 was committed and is not in Kafka']);
    assert.deepEqual(found({ topics: new Map() }), [
      '4 event m1 was committed and is not in Kafka',
      '4 event m2 was committed and is not in Kafka',
    ]);
  });
  it('finds a message that nobody committed', () => {
    assert.deepEqual(found(inKafka(first, second, message('m3', 3))), [
      '4 message m3 is in Kafka and was never committed',
    ]);
  });
  it('finds an order that ended twice, and one that did not', () => {
    const ends = (...types: string[]) => {
      const events = [event('m1', 'OrderPlaced'), ...types.map((type, at) => event(`m${at + 2}`, type))];
      const messages = events.map(({ messageId }, at) => message(messageId, at + 1));
      const kinds = {
        OrderConfirmed: 'order-confirmed',
        OrderRejected: 'order-rejected',
        OrderCancelled: 'order-cancelled',
      };
      const told = [...new Set(types)].flatMap((type) => kinds[type as keyof typeof kinds] ?? []);
      return found({
        events,
        ...inKafka(...messages),
        notifications: told.map((kind) => ({ orderId: 'o1', kind })),
      });
    };
    assert.deepEqual(ends('OrderConfirmed'), []);
    assert.deepEqual(ends('OrderRejected'), []);
    assert.deepEqual(ends('OrderCancelled'), []);
    assert.deepEqual(ends('OrderConfirmed', 'OrderCancelled'), []);
    assert.deepEqual(ends('OrderConfirmed', 'OrderRejected'), [
      '4 order o1 ended by OrderConfirmed, OrderRejected',
    ]);
    assert.deepEqual(ends('OrderRejected', 'OrderCancelled'), [
      '4 order o1 ended by OrderRejected, OrderCancelled',
    ]);
    assert.deepEqual(ends('OrderConfirmed', 'OrderConfirmed'), [
      '4 order o1 ended by OrderConfirmed, OrderConfirmed',
    ]);
    assert.deepEqual(ends('OrderConfirmed', 'OrderCancelled', 'OrderCancelled'), [
      '4 order o1 ended by OrderConfirmed, OrderCancelled, OrderCancelled',
    ]);
    assert.deepEqual(ends(), ['4 order o1 ended by nothing']);
    // What is named like an end, and is none.
    assert.deepEqual(ends('OrderConfirmed', 'OrderCancelledLater', 'PreOrderConfirmed'), []);
  });
});

describe('5: stories have no gap and no step back', () => {
  it('finds a gap', () => {
    assert.deepEqual(found(inKafka(first, message('m2', 3))), ['5 /order o1 has 2 messages and goes to 3']);
  });
  it('finds a step back, and a number that is there twice', () => {
    assert.deepEqual(found(inKafka(second, first)), ['5 order.events: /order o1 steps back from 2 to 1']);
    assert.deepEqual(found(inKafka(first, message('m2', 1))), [
      '5 order.events: /order o1 steps back from 1 to 1',
    ]);
  });
  it('takes a message that was sent twice for one', () =>
    assert.deepEqual(found(inKafka(first, second, first)), []));
  it('counts over all topics of a source, and each source and each order by itself', () => {
    const others = [message('p1', 1, { source: '/payment' }), message('m9', 1, { subject: 'o9' })];
    const topics = new Map([
      ['order.events', [first, second]],
      ['saga.events', [message('s2', 2, { source: '/saga' })]],
      ['order.commands', [message('s1', 1, { source: '/saga' }), ...others]],
    ]);
    assert.deepEqual(found({ topics }), []);
  });
});

describe('6: the status never goes back', () => {
  const seen = (...statuses: string[]) =>
    found({ observedStatuses: statuses.map((status) => ({ orderId: 'o1', status })) }).map((violation) =>
      violation.slice(0, 50),
    );
  it('finds a status that went back, or sideways', () => {
    assert.deepEqual(seen('CONFIRMED', 'PENDING'), ['6 order o1 was seen CONFIRMED, then PENDING']);
    assert.deepEqual(seen('REJECTED'), ['6 order o1 was seen REJECTED, then CONFIRMED']);
    assert.deepEqual(seen('CANCELLED'), ['6 order o1 was seen CANCELLED, then CONFIRMED']);
    assert.deepEqual(seen('CONFIRMED', 'CONFIRMED', 'CANCELLED', 'CANCELLED', 'CONFIRMED'), [
      '6 order o1 was seen CANCELLED, then CONFIRMED',
    ]);
  });
  it('finds a status that there is not', () => {
    assert.deepEqual(seen('BROKEN'), [
      '6 order o1 was seen BROKEN, then BROKEN',
      '6 order o1 was seen BROKEN, then CONFIRMED',
    ]);
  });
  it('takes it as it was seen each time, and each order by itself', () => {
    assert.deepEqual(seen('PENDING', 'PENDING', 'CONFIRMED', 'CONFIRMED'), []);
    const undone = { ledger: [], reservations: [] };
    for (const [status, observed] of [
      ['REJECTED', ['PENDING', 'REJECTED', 'REJECTED']],
      ['CANCELLED', ['PENDING', 'CANCELLED']],
      ['CANCELLED', ['CONFIRMED', 'CANCELLED']],
    ] as const)
      assert.deepEqual(
        found({
          ...withStatus(status),
          ...undone,
          observedStatuses: observed.map((one) => ({ orderId: 'o1', status: one })),
        }),
        [],
      );
    assert.deepEqual(found({ observedStatuses: [{ orderId: 'o2', status: 'REJECTED' }] }), []);
  });
});

describe('7: each outcome is told once', () => {
  it('finds an outcome that nobody was told', () => {
    assert.deepEqual(found({ notifications: [] }), ['7 nobody was told: order o1 order-confirmed']);
  });
  it('finds a notification of what did not happen', () => {
    assert.deepEqual(
      found({ notifications: [...good.notifications, { orderId: 'o1', kind: 'order-rejected' }] }),
      ['7 somebody was told what did not happen: order o1 order-rejected'],
    );
  });
  it('finds a customer who was told twice', () => {
    assert.deepEqual(found({ notifications: [...good.notifications, ...good.notifications] }), [
      '7 told 2 times: order o1 order-confirmed',
    ]);
  });
});

describe('8: what is undone is undone in reverse', () => {
  const undo = (sentAt: string, endedAt?: string) => ({ sentAt, ...(endedAt ? { endedAt } : {}) });
  const undone = (reserve: object | undefined, pay: object | undefined) => {
    const steps = [
      { name: 'reserve', ...(reserve ? { undo: reserve } : {}) },
      { name: 'look' },
      { name: 'pay', ...(pay ? { undo: pay } : {}) },
    ] as Observed['sagas'][number]['steps'];
    return found({ sagas: [{ orderId: 'o1', status: 'compensated', steps }] });
  };
  const wrong = ['8 order o1: reserve was undone before pay'];
  it('finds an undo out of order, or sent before the later one was acknowledged', () => {
    assert.deepEqual(undone(undo('1', '4'), undo('1', '2')), wrong);
    assert.deepEqual(undone(undo('3', '4'), undo('1')), wrong);
  });
  it('takes one after the other, also in the same instant, and a single one', () => {
    assert.deepEqual(undone(undo('3', '4'), undo('1', '2')), []);
    assert.deepEqual(undone(undo('2', '4'), undo('1', '2')), []);
    assert.deepEqual(undone(undo('1', '2'), undefined), []);
    assert.deepEqual(undone(undefined, undo('1')), []);
  });
});

describe('9: stories are whole', () => {
  it('finds a message of another story', () => {
    assert.deepEqual(found(inKafka(first, message('m2', 2, { correlationid: 'c2' }))), [
      '9 order o1 has 2 correlation ids',
    ]);
  });
  it('finds a message whose cause is not there', () => {
    assert.deepEqual(found(inKafka(first, message('m2', 2, { causationid: 'm9', type: 'OrderConfirmed' }))), [
      '9 order o1: the cause of OrderConfirmed m2 is none of its messages',
    ]);
    assert.deepEqual(found(inKafka(first, message('m2', 2, { causationid: 'm1' }))), []);
  });
  it('looks at each order by itself, over all topics', () => {
    const topics = new Map([
      ['order.events', [first, message('m2', 2, { causationid: 'p1' })]],
      [
        'payment.events',
        [
          message('p1', 1, { source: '/payment' }),
          message('p2', 1, { source: '/payment', subject: 'o2', correlationid: 'c2' }),
        ],
      ],
    ]);
    assert.deepEqual(found({ topics }), []);
  });
});

describe('11: no saga is forgotten', () => {
  it('finds one that is not there, and one that has not ended', () => {
    assert.deepEqual(found({ sagas: [] }), ['11 the saga of order o1 is not there']);
    for (const status of ['running', 'compensating', 'needs-attention'])
      assert.deepEqual(found({ sagas: [{ orderId: 'o1', status, steps: [] }] }), [
        `11 the saga of order o1 is ${status}`,
      ]);
    assert.deepEqual(found({ sagas: [{ orderId: 'o1', status: 'compensated', steps: [] }] }), []);
  });
});
