/** The SQL that is made of the table's columns, word for word: these very statements were measured. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inOneLine, notingTx } from '@sagakit/testing/sql';
import { recipientsTable } from '../src/storage/recipients-table.ts';

const key = '01900000-0000-7000-8000-000000000001';
const state = { email: 'ada@example.com', name: 'Ada', asked: ['order-confirmed' as const] };

describe('the recipients table', () => {
  it('locks in key order, and has no replies', async () => {
    const stored = { order_id: key, version: 1, sequence: 0, ...state };
    const { tx, asked } = notingTx([stored]);
    assert.deepEqual(await recipientsTable.lock(tx, [key]), [
      { key, version: 1, sequence: 0, replies: {}, state },
    ]);
    assert.equal(
      asked[0]?.text,
      'select order_id, version, sequence, email, name, asked from recipients where order_id = any($1::uuid[]) order by order_id for update',
    );
  });
  it('saves by optimistic locking; of a contact what was asked for is all that changes', () => {
    const { name, text, values } = recipientsTable.save([
      { key, version: 2, sequence: 1, replies: {}, state },
    ])[0] as {
      name: string;
      text: string;
      values: unknown[];
    };
    assert.equal(name, 'recipients-save');
    assert.deepEqual(values, [JSON.stringify([{ order_id: key, version: 2, sequence: 1, ...state }]), 1]);
    assert.equal(
      inOneLine(text),
      inOneLine(`
        with saved as (insert into recipients as r (order_id, version, sequence, email, name, asked)
        select order_id, version, sequence, email, name, asked
        from jsonb_to_recordset($1::jsonb) as v (order_id uuid, version int, sequence int, email text, name text, asked jsonb)
        on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, asked = excluded.asked
        where r.version = excluded.version - 1 returning 1) select raise_if_stale(count(*), $2) from saved`),
    );
  });
});
