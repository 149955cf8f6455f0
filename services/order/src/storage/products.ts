import type { Money, Sku } from '@order-saga/contracts/values';
import { writeRows, type Statement } from '@order-saga/messaging/statement';
import type { Tx } from '@order-saga/messaging/transaction';
import type { Catalogue } from '../domain/place-order.ts';

export type Product = { sku: Sku; name: string; price: Money };

export async function findProducts(tx: Tx, skus: string[]): Promise<Catalogue> {
  const { rows } = await tx.query({
    name: 'products-find',
    text: 'select sku, name, price_amount, currency from products where sku = any($1::text[])',
    values: [skus],
  });
  return new Map(
    rows.map((row) => [row.sku as Sku, { name: row.name, price: { amount: Number(row.price_amount), currency: row.currency } }]),
  );
}

/** Takes over inventory's products; the last one of a SKU holds. In SKU order, so that two replicas cannot deadlock. */
export function saveProducts(products: Product[]): Statement[] {
  const values = products.map(({ sku, name, price }) => ({ sku, name, price_amount: price.amount, currency: price.currency }));
  return writeRows(
    'products-save',
    `insert into products (sku, name, price_amount, currency)
           select sku, name, price_amount, currency
           from jsonb_to_recordset($1::jsonb) as r (sku text, name text, price_amount bigint, currency text) order by sku
           on conflict (sku) do update set name = excluded.name, price_amount = excluded.price_amount, currency = excluded.currency`,
    values,
  );
}

export async function countProducts(db: Tx): Promise<number> {
  const { rows } = await db.query<{ count: string }>('select count(*) from products');
  return Number(rows[0]?.count ?? 0);
}
