/** Which command goes to which decision, and the two kinds of row that they touch: the order's reservation, the SKUs' stock. */
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import { CommitInventory, ReleaseInventory, ReserveInventory } from '@order-saga/contracts/inventory';
import type { Line, Sku } from '@order-saga/contracts/values';
import { byType, type Decision, ignore } from '@sagakit/messaging/aggregate/decision';
import { handleRow } from '@sagakit/messaging/aggregate/participant';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import { createIdentityMap, type Row, type IdentityMap } from '@sagakit/messaging/aggregate/rows';
import type { Incoming, Aggregate } from '@sagakit/messaging/aggregate/unit';
import type { Product } from '../domain/product.ts';
import { commit, type Holding, release, type Reservation, reserve, type Stock } from '../domain/reservation.ts';
import { lockProductsOf, saveProducts } from '../storage/products.ts';
import { lockReservations, saveReservations } from '../storage/reservations.ts';

const COMMANDS = [ReserveInventory, ReleaseInventory, CommitInventory] as const;

const decisionOf = byType<EnvelopeOf<(typeof COMMANDS)[number]>, Holding, Decision<Holding>>({
  ReserveInventory: reserve,
  ReleaseInventory: release,
  CommitInventory: commit,
});

export function inventoryAggregate(writer: MessageWriter): Aggregate {
  return {
    handles: COMMANDS,
    async load(tx, incoming) {
      const orders = [...new Set(incoming.map(({ message }) => message.subject))];
      const [held, locked] = await Promise.all([lockReservations(tx, orders), lockProductsOf(tx, skusAsked(incoming), orders)]);
      const reservations = createIdentityMap(held);
      const products = createIdentityMap(locked);
      return {
        handle(input, now) {
          const row = reservations.get(input.message.subject);
          const skus = skusAbout(input.message, row);
          let stock: Holding['stock'] = new Map();
          return handleRow(row, input, {
            writer,
            now,
            decide(reservation, command) {
              const holding = { reservation, stock: stockOf(products, skus) };
              const decision = decisionOf(holding, command, now) ?? ignore('no-decision');
              if (decision.kind === 'ignored') return decision;
              stock = decision.state.stock;
              return { ...decision, state: decision.state.reservation as Reservation };
            },
            keep(next) {
              reservations.set(next);
              putBack(products, stock);
            },
          });
        },
        save: () => [...saveReservations(reservations.changed()), ...saveProducts(products.changed())],
      };
    },
  };
}

function skusAbout(message: Envelope, row: Row<Reservation>): Sku[] {
  const asked = (message.data as { lines?: Line[] }).lines ?? [];
  return [...asked, ...(row.state?.lines ?? [])].map(({ sku }) => sku);
}

const skusAsked = (incoming: readonly Incoming[]): string[] => [
  ...new Set(incoming.flatMap(({ message }) => (message.data as { lines?: Line[] }).lines ?? []).map(({ sku }) => sku)),
];

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
    if (row.state && row.state.stock !== after) products.set({ ...row, state: { ...row.state, stock: after } });
  }
}
