import type { Sku } from '@order-saga/contracts/values';
import { column, table } from '@sagakit/messaging/aggregate/table';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Product } from '../domain/product.ts';

export const productsTable = table({
  name: 'products',
  key: ['sku', column.text<Sku>()],
  columns: {
    name: column.once(column.text()),
    price_amount: column.bigint(),
    currency: column.once(column.text()),
    available: column.int(),
    reserved: column.int(),
    sold: column.int(),
  },
  replies: false,
  toColumns: ({ name, price, stock: { available, reserved, sold } }: Product) => ({
    name,
    price_amount: price.amount,
    currency: price.currency,
    available,
    reserved,
    sold,
  }),
  toState: ({ name, price_amount, currency, available, reserved, sold }, sku): Product => ({
    sku,
    name,
    price: { amount: price_amount, currency },
    stock: { available, reserved, sold },
  }),
});

/**
 * Locks the products with these SKUs and those that the orders hold, whose reservations are locked already.
 * In SKU order: two batches that want the same SKUs wait in line and cannot deadlock.
 */
export async function lockProductsOf(tx: Tx, skus: string[], orderIds: string[]) {
  const { rows } = await tx.query<Record<string, unknown>>({
    name: 'products-lock-of',
    text: `select ${productsTable.selected} from products
           where sku = any(array(select unnest($1::text[]) union
                                 select line ->> 'sku' from reservations, jsonb_array_elements(lines) line
                                 where order_id = any($2::uuid[])))
           order by sku for update`,
    values: [skus, orderIds],
  });
  return rows.map(productsTable.toRow);
}

/** True for the caller that finds the shop empty; others wait here until it has committed. */
export async function shopIsEmpty(tx: Tx): Promise<boolean> {
  await tx.query('lock table products in share row exclusive mode');
  const { rows } = await tx.query<{ empty: boolean }>('select not exists (select from products) as empty');
  return rows[0]?.empty ?? false;
}
