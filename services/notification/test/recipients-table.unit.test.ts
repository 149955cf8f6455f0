/** The SQL that is made of the table's columns, word for word, and the states that lie in them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inOneLine, notingTx } from '@sagakit/testing/sql';
import type { Recipient } from '../src/domain/recipient.ts';
import { forgetSent, recordSent } from '../src/storage/ledger.ts';
import { recipientsTable } from '../src/storage/recipients-table.ts';

const key = '01900000-0000-7000-8000-000000000001';
const cause = { id: 'm', correlationid: 'c', hops: 3, traceparent: 't' };
const STATES: [Recipient, object][] = [
  [
    { status: 'known', email: 'ada@example.com', name: 'Ada', asked: ['order-confirmed'] },
    { email: 'ada@example.com', name: 'Ada', asked: ['order-confirmed'], waiting: [], erased: false },
  ],
  [
    { status: 'awaited', waiting: [{ kind: 'order-rejected', reason: 'no-answer', cause }] },
    {
      ...{ email: null, name: null, asked: [], erased: false },
      waiting: [{ kind: 'order-rejected', reason: 'no-answer', cause }],
    },
  ],
  [
    { status: 'erased', asked: ['order-confirmed'] },
    { email: null, name: null, asked: ['order-confirmed'], waiting: [], erased: true },
  ],
];
const row = (state: Recipient) => ({ key, version: 2, sequence: 1, replies: {}, state });

describe('the recipients table', () => {
  it('locks in key order, and has no replies', async () => {
    const stored = { order_id: key, version: 1, sequence: 0, ...STATES[0]?.[1] };
    const { tx, asked } = notingTx([stored]);
    assert.deepEqual(await recipientsTable.lock(tx, [key]), [
      { key, version: 1, sequence: 0, replies: {}, state: STATES[0]?.[0] },
    ]);
    assert.equal(
      asked[0]?.text,
      'select order_id, version, sequence, email, name, asked, waiting, erased from recipients where order_id = any($1::uuid[]) order by order_id for update',
    );
  });
  it('saves by optimistic locking', () => {
    const { name, text } = recipientsTable.save([row(STATES[0]?.[0] as Recipient)])[0] as {
      name: string;
      text: string;
    };
    assert.equal(name, 'recipients-save');
    assert.equal(
      inOneLine(text),
      inOneLine(`
        with saved as (insert into recipients as r (order_id, version, sequence, email, name, asked, waiting, erased)
        select order_id, version, sequence, email, name, asked, waiting, erased
        from jsonb_to_recordset($1::jsonb) as v (order_id uuid, version int, sequence int, email text, name text, asked jsonb, waiting jsonb, erased boolean)
        on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, email = excluded.email, name = excluded.name,
          asked = excluded.asked, waiting = excluded.waiting, erased = excluded.erased
        where r.version = excluded.version - 1 returning 1) select raise_if_stale(count(*), $2) from saved`),
    );
  });
  for (const [state, columns] of STATES) {
    it(`keeps one that is ${state.status}, and gives it back`, () => {
      const [statement] = recipientsTable.save([row(state)]);
      const saved = { order_id: key, version: 2, sequence: 1, ...columns };
      assert.deepEqual(JSON.parse(String(statement?.values[0])), [saved]);
      assert.deepEqual(recipientsTable.toRow({ ...saved }).state, state);
    });
  }
  it('reads what the release before stored', () => {
    const stored = { order_id: key, version: 1, sequence: 0, email: 'a@b.c', name: 'A', asked: [] };
    assert.deepEqual(recipientsTable.toRow({ ...stored, waiting: [], erased: false }).state, {
      ...{ status: 'known', email: 'a@b.c', name: 'A', asked: [] },
    });
  });
});

describe('the ledger', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const told = (state: Recipient) =>
    recordSent([{ data: { orderId: key, kind: 'order-confirmed' } as never, state, now }])[0]?.values[0];
  it('says to whom a mail went, unless that was forgotten meanwhile', () => {
    const entry = {
      order_id: key,
      kind: 'order-confirmed',
      to: 'ada@example.com',
      sent_at: now.toISOString(),
    };
    assert.deepEqual(JSON.parse(String(told(STATES[0]?.[0] as Recipient))), [entry]);
    assert.deepEqual(JSON.parse(String(told(STATES[2]?.[0] as Recipient))), [{ ...entry, to: '' }]);
  });
  it('forgets to whom, and not that', () => {
    assert.deepEqual(forgetSent([]), []);
    const [statement] = forgetSent([key]);
    assert.match(
      statement?.text ?? '',
      /^update notifications set "to" = \$2 where order_id = any\(\$1::uuid\[\]\)/,
    );
    assert.deepEqual(statement?.values, [[key], '']);
  });
});
