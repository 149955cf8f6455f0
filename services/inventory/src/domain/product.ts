/** What an operator does to one product. Pure. */
import { ProductPriceChanged, StockAdjusted } from '@order-saga/contracts/inventory';
import { type Decision, decide, ignore } from '@sagakit/messaging/aggregate/decision';
import type { Money, Sku } from '@order-saga/contracts/values';
import type { Stock } from './reservation.ts';

export type Product = { sku: Sku; name: string; price: Money; stock: Stock };

export const MAX_AVAILABLE = 2_000_000_000;

/** Ignored: `too-few` would be left, or `too-many`. */
export function adjustStock(
  product: Product,
  change: { quantity: number; reason: string },
): Decision<Product> {
  const { sku, stock } = product;
  const { quantity, reason } = change;
  const available = stock.available + quantity;
  if (available < 0) return ignore('too-few');
  if (available > MAX_AVAILABLE) return ignore('too-many');
  const adjusted = { ...product, stock: { ...stock, available } };
  return decide(adjusted, [StockAdjusted({ sku, quantity, reason, available })]);
}

export function changePrice(product: Product, price: Money): Decision<Product> {
  const { sku, name } = product;
  return decide({ ...product, price }, [ProductPriceChanged({ sku, name, price })]);
}
