import { OPERATORS } from '@order-saga/contracts/access';
import { catalogue } from '@order-saga/contracts/catalogue';
import { defineService } from '@sagakit/service-kit/define-service';
import { eraseInBackground } from './erasing.ts';
import { cancelOrderEndpoint } from './http/cancel-order.ts';
import { getOrders } from './http/get-orders.ts';
import { personalDataEndpoints } from './http/personal-data.ts';
import { placeOrderEndpoint } from './http/place-order.ts';
import { orders } from './orders.ts';
import { products } from './products.ts';
import { Settings } from './settings.ts';
import { pruneKeys } from './storage/idempotency-keys.ts';
import { orderEvents } from './storage/orders-table.ts';
import { countProducts } from './storage/products.ts';
import { createReads } from './storage/reads.ts';

export const service = defineService({
  name: 'order',
  catalogue,
  operators: OPERATORS,
  settings: Settings,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  appendOnly: [orderEvents.table],
  aggregates: [orders, products],
  endpoints: (parts) => [
    placeOrderEndpoint(parts, parts.settings),
    cancelOrderEndpoint(parts.changesOf(orders)),
    ...getOrders(createReads(parts.readPool)),
    ...personalDataEndpoints(parts),
  ],
  background: (parts) => [eraseInBackground(parts)],
  prune: ({ IDEMPOTENCY_KEY_AGE_MS }) => [(db) => pruneKeys(db, IDEMPOTENCY_KEY_AGE_MS)],
  // Without a catalogue every SKU would be unknown.
  waitingFor: async ({ pool }) =>
    (await countProducts(pool)) === 0 ? 'catalogue: nothing heard from inventory yet' : undefined,
  details: async ({ pool }) => ({ products: await countProducts(pool) }),
});
