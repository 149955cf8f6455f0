import type { Money, Sku } from '@order-saga/contracts/values';
import { writeRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Catalogue } from '../domain/place-order.ts';

export type Product = { sku: Sku; name: string; price: Money };
/** `sequence`: inventory's, of the message that told it. */
export type ToldProduct = Product & { sequence: number };

export async function findProducts(tx: Tx, skus: string[]): Promise<Catalogue> {
  const { rows } = await tx.query({
    name: 'products-find',
    text: 'select sku, name, price_amount, currency from products where sku = any($1::text[])',
    values: [skus],
  });
  return new Map(
    rows.map((row) => [
      row.sku as Sku,
      { name: row.name, price: { amount: Number(row.price_amount), currency: row.currency } },
    ]),
  );
}

/**
 * Takes over inventory's products, unless a newer one of the SKU is there. In SKU order, so that two replicas
 * cannot deadlock.
 */
export function saveProducts(products: ToldProduct[]): Statement[] {
  const values = products.map(({ price, ...product }) => ({
    ...product,
    price_amount: price.amount,
    currency: price.currency,
  }));
  return writeRows(
    'products-save',
    `insert into products as p (sku, name, price_amount, currency, sequence)
           select sku, name, price_amount, currency, sequence
           from jsonb_to_recordset($1::jsonb) as r
             (sku text, name text, price_amount bigint, currency text, sequence int) order by sku
           on conflict (sku) do update set name = excluded.name, price_amount = excluded.price_amount,
             currency = excluded.currency, sequence = excluded.sequence
             where p.sequence <= excluded.sequence`,
    values,
  );
}

export async function countProducts(db: Tx): Promise<number> {
  const { rows } = await db.query<{ count: string }>('select count(*) from products');
  return Number(rows[0]?.count ?? 0);
}
