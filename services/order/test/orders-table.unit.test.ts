/** The SQL that is made of the columns, word for word: these very statements were measured. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContactProvided } from '@order-saga/contracts/order';
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { inOneLine, notingTx } from '@sagakit/testing/sql';
import { saveContacts } from '../src/storage/contacts.ts';
import { orderEvents, ordersTable, type PlacedOrder } from '../src/storage/orders-table.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const order = {
  orderId,
  customerId: 'c',
  lines: [
    { sku: 'SKU-0001' as Sku, quantity: 1, name: 'Oak bowl', unitPrice: { amount: 5, currency: 'EUR' } },
  ],
  total: { amount: 5, currency: 'EUR' },
  correlationId: 'story',
  placedAt: '2026-01-01T00:00:00.000Z',
  contactApart: true,
};
const save = (state: PlacedOrder) => {
  const [statement] = ordersTable.save([{ key: orderId, version: 2, sequence: 2, replies: {}, state }]);
  assert.ok(statement);
  return statement;
};

describe('the orders table', () => {
  it('locks in key order', async () => {
    const { tx, asked } = notingTx();
    await ordersTable.lock(tx, [orderId]);
    assert.equal(asked[0]?.name, 'orders-lock');
    assert.equal(
      asked[0].text,
      'select order_id, version, sequence, answers, status, reason, payment_id, customer_id, lines, total_amount, currency, ' +
        'correlation_id, placed_at, contact_apart from orders where order_id = any($1::uuid[]) order by order_id for update',
    );
  });
  it('saves by optimistic locking; what was placed does not change', () => {
    const { name, text } = save({ ...order, status: 'PENDING' });
    assert.equal(name, 'orders-save');
    // Before it was made of the columns, `updated_at = excluded.updated_at` stood there: the same now(), of
    // the same transaction.
    assert.equal(
      inOneLine(text),
      inOneLine(`
        with saved as (insert into orders as o (order_id, version, sequence, answers, status, reason, payment_id, customer_id, lines,
          total_amount, currency, correlation_id, placed_at, contact_apart, updated_at)
        select order_id, version, sequence, answers, status, reason, payment_id, customer_id, lines, total_amount, currency,
          correlation_id, placed_at, contact_apart, now()
        from jsonb_to_recordset($1::jsonb) as r (order_id uuid, version int, sequence int, answers jsonb, status text, reason text,
          payment_id text, customer_id text, lines jsonb, total_amount bigint, currency text, correlation_id text, placed_at timestamptz,
          contact_apart boolean)
        on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, answers = excluded.answers,
          status = excluded.status, reason = excluded.reason, payment_id = excluded.payment_id, updated_at = now()
        where o.version = excluded.version - 1 returning 1) select raise_if_stale(count(*), $2) from saved`),
    );
  });
  it('gives back each state as it was saved, from columns as the driver gives them', () => {
    const states: PlacedOrder[] = [
      { ...order, status: 'PENDING' },
      { ...order, status: 'CONFIRMED', paymentId: 'pay_1' },
      { ...order, status: 'REJECTED', reason: 'out-of-stock' },
      { ...order, status: 'CANCELLED' },
    ];
    for (const state of states) {
      const [row] = JSON.parse(String(save(state).values[0])) as [Record<string, unknown>];
      const stored = { ...row, total_amount: '5', placed_at: new Date(order.placedAt) };
      assert.deepEqual(ordersTable.toRow(stored), {
        key: orderId,
        version: 2,
        sequence: 2,
        replies: {},
        state,
      });
    }
  });
});

describe('whom an order is for', () => {
  it('is a row of its own, in one statement', () => {
    const contact = {
      email: 'ada@example.com',
      name: 'Ada',
      address: { street: 'a', city: 'b', postalCode: 'c', country: 'd' },
    };
    const told = { data: { orderId, customerId: 'c', contact } } as EnvelopeOf<typeof ContactProvided>;
    const [statement] = saveContacts([told]);
    assert.equal(statement?.name, 'order-contacts-save');
    assert.equal(
      inOneLine(statement.text),
      inOneLine(`
        insert into order_contacts (order_id, customer_id, contact)
        select order_id, customer_id, contact
        from jsonb_to_recordset($1::jsonb) as r (order_id uuid, customer_id text, contact jsonb)`),
    );
    assert.deepEqual(statement.values, [JSON.stringify([{ order_id: orderId, customer_id: 'c', contact }])]);
    assert.deepEqual(saveContacts([]), []);
  });
});

describe('the history', () => {
  it('is appended to, in one statement', () => {
    const event = {
      subject: orderId,
      sequence: '0000000002',
      id: 'm',
      type: 'OrderConfirmed',
      data: { a: 1 },
      time: 't',
    };
    const [statement] = orderEvents.append([event as unknown as Envelope]);
    assert.equal(statement?.name, 'order-events-append');
    assert.equal(
      inOneLine(statement.text),
      inOneLine(`
        insert into order_events (order_id, sequence, message_id, type, data, time)
        select order_id, sequence, message_id, type, data, time
        from jsonb_to_recordset($1::jsonb) as r (order_id uuid, sequence int, message_id text, type text, data jsonb, time timestamptz)`),
    );
    const row = {
      order_id: orderId,
      sequence: 2,
      message_id: 'm',
      type: 'OrderConfirmed',
      data: { a: 1 },
      time: 't',
    };
    assert.deepEqual(statement.values, [JSON.stringify([row])]);
    assert.deepEqual(orderEvents.append([]), []);
  });
});
