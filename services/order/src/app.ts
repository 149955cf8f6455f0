import { catalogue } from '@order-saga/contracts/catalogue';
import { type RunningService, startService } from '@sagakit/service-kit/service';
import { readSettings } from '@sagakit/service-kit/config';
import { Settings } from './settings.ts';
import { cancelOrderEndpoint } from './http/cancel-order.ts';
import { getOrders } from './http/get-orders.ts';
import { placeOrderEndpoint } from './http/place-order.ts';
import { catalogueAggregate } from './messages/catalogue.ts';
import { orderAggregate } from './messages/orders.ts';
import { pruneKeys } from './storage/idempotency-keys.ts';
import { countProducts } from './storage/products.ts';
import { createReads } from './storage/reads.ts';

export function startOrder(environment: NodeJS.ProcessEnv, options: { onDead: (error: Error) => void }): Promise<RunningService> {
  const config = readSettings(Settings, environment);
  return startService(
    {
      name: 'order',
      catalogue,
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      aggregates: ({ writer }) => [orderAggregate(writer), catalogueAggregate()],
      endpoints: (parts) => [placeOrderEndpoint(parts), cancelOrderEndpoint(parts), ...getOrders(createReads(parts.readPool))],
      prune: [(db) => pruneKeys(db, config.IDEMPOTENCY_KEY_AGE_MS)],
      // Without a catalogue every SKU would be unknown.
      waitingFor: async ({ pool }) =>
        (await countProducts(pool)) === 0 ? 'catalogue: nothing heard from inventory yet' : undefined,
      details: async ({ pool }) => ({ products: await countProducts(pool) }),
    },
    options,
  );
}
