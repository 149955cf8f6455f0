import type { Sku } from '@order-saga/contracts/values';
import type { ChangedRow, Row } from '@sagakit/messaging/aggregate/rows';
import { saveRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Product } from '../domain/product.ts';

type Stored = {
  sku: Sku;
  version: number;
  sequence: number;
  name: string;
  price_amount: string;
  currency: string;
  available: number;
  reserved: number;
  sold: number;
};

const COLUMNS = 'sku, version, sequence, name, price_amount, currency, available, reserved, sold';

/** Locks in SKU order: two batches that want the same SKUs wait in line and cannot deadlock. */
export async function lockProducts(tx: Tx, skus: string[]): Promise<Row<Product>[]> {
  const { rows } = await tx.query<Stored>({
    name: 'products-lock',
    text: `select ${COLUMNS} from products where sku = any($1::text[]) order by sku for update`,
    values: [skus],
  });
  return rows.map(toRow);
}

/** The same for the SKUs given and those that the orders hold; their reservations are locked already. */
export async function lockProductsOf(tx: Tx, skus: string[], orderIds: string[]): Promise<Row<Product>[]> {
  const { rows } = await tx.query<Stored>({
    name: 'products-lock-of',
    text: `select ${COLUMNS} from products
           where sku = any(array(select unnest($1::text[]) union
                                 select line ->> 'sku' from reservations, jsonb_array_elements(lines) line where order_id = any($2::uuid[])))
           order by sku for update`,
    values: [skus, orderIds],
  });
  return rows.map(toRow);
}

function toRow(row: Stored): Row<Product> {
  return {
    key: row.sku,
    version: row.version,
    sequence: row.sequence,
    answers: {},
    state: {
      sku: row.sku,
      name: row.name,
      price: { amount: Number(row.price_amount), currency: row.currency },
      stock: { available: row.available, reserved: row.reserved, sold: row.sold },
    },
  };
}

export function saveProducts(rows: ChangedRow<Product>[]): Statement[] {
  const values = rows.map(({ key, version, sequence, state: { name, price, stock } }) => ({
    sku: key,
    version,
    sequence,
    name,
    price_amount: price.amount,
    currency: price.currency,
    ...stock,
  }));
  return saveRows(
    'products-save',
    `insert into products as p (sku, version, sequence, name, price_amount, currency, available, reserved, sold)
           select sku, version, sequence, name, price_amount, currency, available, reserved, sold
           from jsonb_to_recordset($1::jsonb) as r (sku text, version int, sequence int, name text, price_amount bigint, currency text,
             available int, reserved int, sold int)
           on conflict (sku) do update set version = excluded.version, sequence = excluded.sequence, price_amount = excluded.price_amount,
             available = excluded.available, reserved = excluded.reserved, sold = excluded.sold
           where p.version = excluded.version - 1`,
    values,
  );
}

/** True for the caller that finds the shop empty; others wait here until it has committed. */
export async function shopIsEmpty(tx: Tx): Promise<boolean> {
  await tx.query('lock table products in share row exclusive mode');
  const { rows } = await tx.query<{ empty: boolean }>('select not exists (select from products) as empty');
  return rows[0]?.empty ?? false;
}
