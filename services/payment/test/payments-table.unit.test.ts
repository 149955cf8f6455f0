/** The SQL that is made of the table's columns, word for word: these very statements were measured. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inOneLine, notingTx } from '@sagakit/testing/sql';
import type { Payment } from '../src/domain/payment.ts';
import { paymentsTable } from '../src/storage/payments-table.ts';

const key = '01900000-0000-7000-8000-000000000001';
const amount = { amount: 1000, currency: 'EUR' };
const save = (state: Payment) =>
  paymentsTable.save([{ key, version: 2, sequence: 1, replies: {}, state }])[0];

describe('the payments table', () => {
  it('locks in key order', async () => {
    const { tx, asked } = notingTx();
    await paymentsTable.lock(tx, [key]);
    assert.deepEqual(asked, [
      {
        name: 'payments-lock',
        text:
          'select order_id, version, sequence, answers, status, amount, currency, payment_id, code, undo ' +
          'from payments where order_id = any($1::uuid[]) order by order_id for update',
        values: [[key]],
      },
    ]);
  });
  it('saves by optimistic locking', () => {
    const { name, text } = save({ status: 'UNDONE', amount }) ?? { name: '', text: '' };
    assert.equal(name, 'payments-save');
    assert.equal(
      inOneLine(text),
      inOneLine(`
        with saved as (insert into payments as p (order_id, version, sequence, answers, status, amount, currency, payment_id, code, undo,
          charges, refunds, updated_at)
        select order_id, version, sequence, answers, status, amount, currency, payment_id, code, undo, charges, refunds, now()
        from jsonb_to_recordset($1::jsonb) as r (order_id uuid, version int, sequence int, answers jsonb, status text, amount bigint,
          currency text, payment_id text, code text, undo jsonb, charges int, refunds int)
        on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, answers = excluded.answers,
          status = excluded.status, amount = excluded.amount, currency = excluded.currency, payment_id = excluded.payment_id,
          code = excluded.code, undo = excluded.undo, charges = excluded.charges, refunds = excluded.refunds, updated_at = now()
        where p.version = excluded.version - 1 returning 1) select raise_if_stale(count(*), $2) from saved`),
    );
  });
  it('gives back each state as it was saved, from columns as the driver gives them', () => {
    const message = { id: 'm', correlationid: 'c', hops: 1, traceparent: '00-0-0-00' };
    const states: Payment[] = [
      { status: 'CHARGING', amount, undo: undefined },
      { status: 'CHARGING', amount, undo: message },
      { status: 'PROCESSED', amount, paymentId: 'pay_1' },
      { status: 'DECLINED', amount, code: 'card-declined' },
      { status: 'REFUNDING', amount, paymentId: 'pay_1' },
      { status: 'REFUNDED', amount, paymentId: 'pay_1' },
      { status: 'UNDONE', amount },
    ];
    for (const state of states) {
      const [row] = JSON.parse(String(save(state)?.values[0])) as [Record<string, unknown>];
      const { charges, refunds, ...stored } = row;
      assert.deepEqual(paymentsTable.toRow({ ...stored, amount: String(stored['amount']) }), {
        ...{ key, version: 2, sequence: 1, replies: {} },
        state,
      });
      assert.equal(charges, ['PROCESSED', 'REFUNDING', 'REFUNDED'].includes(state.status) ? 1 : 0);
      assert.equal(refunds, state.status === 'REFUNDED' ? 1 : 0);
    }
  });
});
