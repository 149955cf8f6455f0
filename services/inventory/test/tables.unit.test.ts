/** The SQL that is made of the columns, word for word: these very statements were measured. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sku } from '@order-saga/contracts/values';
import { inOneLine, notingTx } from '@sagakit/testing/sql';
import { lockProductsOf, productsTable } from '../src/storage/products-table.ts';
import { reservationsTable } from '../src/storage/reservations-table.ts';

const row = { key: 'SKU-0001', version: 2, sequence: 3, replies: {} };
const product = {
  sku: 'SKU-0001' as Sku,
  name: 'Oak bowl',
  price: { amount: 5, currency: 'EUR' },
  stock: { available: 1, reserved: 2, sold: 3 },
};
const orderId = '01900000-0000-7000-8000-000000000001';

describe('the products table', () => {
  it('locks in SKU order, by SKU or by what the orders hold', async () => {
    const { tx, asked } = notingTx();
    await productsTable.lock(tx, ['SKU-0001']);
    await lockProductsOf(tx, ['SKU-0001'], [orderId]);
    const columns = 'sku, version, sequence, name, price_amount, currency, available, reserved, sold';
    assert.deepEqual(
      asked.map(({ name, text }) => [name, inOneLine(text)]),
      [
        [
          'products-lock',
          `select ${columns} from products where sku = any($1::text[]) order by sku for update`,
        ],
        [
          'products-lock-of',
          inOneLine(`select ${columns} from products
            where sku = any(array(select unnest($1::text[]) union
              select line ->> 'sku' from reservations, jsonb_array_elements(lines) line where order_id = any($2::uuid[])))
            order by sku for update`),
        ],
      ],
    );
  });
  it('saves by optimistic locking; name and currency stay', () => {
    const [statement] = productsTable.save([{ ...row, state: product }]);
    assert.equal(statement?.name, 'products-save');
    assert.equal(
      inOneLine(statement.text),
      inOneLine(`
        with saved as (insert into products as p (sku, version, sequence, name, price_amount, currency, available, reserved, sold)
        select sku, version, sequence, name, price_amount, currency, available, reserved, sold
        from jsonb_to_recordset($1::jsonb) as r (sku text, version int, sequence int, name text, price_amount bigint, currency text,
          available int, reserved int, sold int)
        on conflict (sku) do update set version = excluded.version, sequence = excluded.sequence, price_amount = excluded.price_amount,
          available = excluded.available, reserved = excluded.reserved, sold = excluded.sold
        where p.version = excluded.version - 1 returning 1) select raise_if_stale(count(*), $2) from saved`),
    );
    const [stored] = JSON.parse(String(statement.values[0])) as [object];
    assert.deepEqual(productsTable.toRow({ ...stored, price_amount: '5' }), { ...row, state: product });
  });
});

describe('the reservations table', () => {
  it('locks in key order', async () => {
    const { tx, asked } = notingTx();
    await reservationsTable.lock(tx, [orderId]);
    assert.equal(asked[0]?.name, 'reservations-lock');
    assert.equal(
      asked[0].text,
      'select order_id, version, sequence, answers, status, lines from reservations where order_id = any($1::uuid[]) ' +
        'order by order_id for update',
    );
  });
  it('saves by optimistic locking', () => {
    const state = { status: 'RESERVED' as const, lines: [{ sku: product.sku, quantity: 2 }] };
    const [statement] = reservationsTable.save([{ ...row, key: orderId, state }]);
    assert.equal(statement?.name, 'reservations-save');
    assert.equal(
      inOneLine(statement.text),
      inOneLine(`
        with saved as (insert into reservations as r (order_id, version, sequence, answers, status, lines)
        select order_id, version, sequence, answers, status, lines
        from jsonb_to_recordset($1::jsonb) as v (order_id uuid, version int, sequence int, answers jsonb, status text, lines jsonb)
        on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, answers = excluded.answers,
          status = excluded.status, lines = excluded.lines
        where r.version = excluded.version - 1 returning 1) select raise_if_stale(count(*), $2) from saved`),
    );
    const [stored] = JSON.parse(String(statement.values[0])) as [Record<string, unknown>];
    assert.deepEqual(reservationsTable.toRow(stored), { ...row, key: orderId, state });
  });
});
