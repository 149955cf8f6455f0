/** What an operator does to one product. Pure. */
import { ProductPriceChanged, StockAdjusted } from '@order-saga/contracts/inventory';
import type { Message } from '@sagakit/messages/define';
import type { Money, Sku } from '@order-saga/contracts/values';
import type { Stock } from './reservation.ts';

export type Product = { sku: Sku; name: string; price: Money; stock: Stock };

export const MAX_AVAILABLE = 2_000_000_000;

export function adjustStock(
  product: Product,
  { quantity, reason }: { quantity: number; reason: string },
): { product: Product; event: Message } | { refused: string } {
  const available = product.stock.available + quantity;
  if (available < 0) return { refused: `only ${product.stock.available} pieces are available` };
  if (available > MAX_AVAILABLE) return { refused: `at most ${MAX_AVAILABLE} pieces can be kept` };
  return {
    product: { ...product, stock: { ...product.stock, available } },
    event: StockAdjusted({ sku: product.sku, quantity, reason, available }),
  };
}

export function changePrice(product: Product, price: Money): { product: Product; event: Message } {
  const { sku, name } = product;
  return { product: { ...product, price }, event: ProductPriceChanged({ sku, name, price }) };
}
