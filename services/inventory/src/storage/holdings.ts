/**
 * A unit of work by hand: a decision about a reservation is about many rows, the order's own and one for each
 * SKU, and ten changes of one hot SKU in a batch are one update of its row. One table cannot say that; the
 * list of decisions (../reservations.ts) is the same as everybody's.
 */
import type { Line, OrderId, Sku } from '@order-saga/contracts/values';
import type { Envelope } from '@sagakit/messages/envelope';
import { createIdentityMap, type IdentityMap } from '@sagakit/messaging/aggregate/rows';
import type { Store } from '@sagakit/messaging/aggregate/store';
import type { Product } from '../domain/product.ts';
import type { Holding, Reservation, Stock } from '../domain/reservation.ts';
import { lockProductsOf, productsTable } from './products-table.ts';
import { reservationsTable } from './reservations-table.ts';

export const holdings: Store<Holding, OrderId, Holding> = {
  async load(tx, incoming) {
    const orders = [...new Set(incoming.map(({ message }) => message.subject))];
    const skus = [...new Set(incoming.flatMap(({ message }) => skusOf(linesOf(message))))];
    // The reservations first: every batch takes its locks in that order.
    const [held, locked] = await Promise.all([
      reservationsTable.lock(tx, orders),
      lockProductsOf(tx, skus, orders),
    ]);
    const reservations = createIdentityMap(held);
    const products = createIdentityMap(locked);
    return {
      get(message) {
        const row = reservations.get(message.subject);
        const lines = [...linesOf(message), ...(row.state?.lines ?? [])];
        return { ...row, state: { reservation: row.state, stock: stockOf(products, skusOf(lines)) } };
      },
      set({ state: { reservation, stock }, ...row }) {
        reservations.set({ ...row, state: reservation as Reservation });
        putBack(products, stock);
      },
      save: () => [
        ...reservationsTable.save(reservations.changed()),
        ...productsTable.save(products.changed()),
      ],
    };
  },
};

const linesOf = ({ data }: Envelope): Line[] => (data as { lines?: Line[] }).lines ?? [];
const skusOf = (lines: Line[]) => lines.map(({ sku }) => sku);

function stockOf(products: IdentityMap<Product>, skus: Sku[]): Map<Sku, Stock> {
  const stock = new Map<Sku, Stock>();
  for (const sku of skus) {
    const product = products.get(sku).state;
    if (product) stock.set(sku, product.stock);
  }
  return stock;
}

function putBack(products: IdentityMap<Product>, stock: Holding['stock']): void {
  for (const [sku, after] of stock) {
    const row = products.get(sku);
    if (row.state && row.state.stock !== after)
      products.set({ ...row, state: { ...row.state, stock: after } });
  }
}
