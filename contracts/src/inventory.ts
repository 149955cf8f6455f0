/** The messages that the inventory owns: its events, its products, and the commands that it obeys. */
import { z } from 'zod';
import { command, event } from '@sagakit/messages/define';
import { Line, Money, OrderId, Sku } from './values.ts';

const ofOrder = { orderId: OrderId };
const byOrder = (data: { orderId: string }) => data.orderId;
const bySku = (data: { sku: string }) => data.sku;

/** What an order holds of one SKU: its lines of that SKU added up. */
const Held = z.object({ sku: Sku, quantity: z.int().min(1) });

export const InventoryReserved = event(
  'InventoryReserved',
  'inventory.events',
  z.object({ ...ofOrder, lines: z.array(Held).min(1) }),
  byOrder,
);

/**
 * `out-of-stock`: `missing` names each SKU that falls short; `undone`: the undo came before the reservation.
 */
export const InventoryReservationRejected = event(
  'InventoryReservationRejected',
  'inventory.events',
  z.object({
    ...ofOrder,
    code: z.enum(['out-of-stock', 'undone']),
    missing: z.array(z.object({ sku: Sku, requested: z.int(), available: z.int() })),
  }),
  byOrder,
);

/** `lines` is what was given back: empty where nothing was held. */
export const InventoryReleased = event(
  'InventoryReleased',
  'inventory.events',
  z.object({ ...ofOrder, lines: z.array(Held) }),
  byOrder,
);

export const InventoryCommitted = event(
  'InventoryCommitted',
  'inventory.events',
  z.object({ ...ofOrder, lines: z.array(Held) }),
  byOrder,
);

/** `quantity` is the signed difference that was applied to `available`. */
export const StockAdjusted = event(
  'StockAdjusted',
  'inventory.events',
  z.object({ sku: Sku, quantity: z.int(), reason: z.string(), available: z.int().min(0) }),
  bySku,
);

const Product = z.object({ sku: Sku, name: z.string().min(1), price: Money });

export const ProductListed = event('ProductListed', 'inventory.products', Product, bySku);
/** Carries the whole product, so that the compacted topic alone is enough for a new reader. */
export const ProductPriceChanged = event('ProductPriceChanged', 'inventory.products', Product, bySku);

export const ReserveInventory = command(
  'ReserveInventory',
  'inventory.commands',
  z.object({ ...ofOrder, lines: z.array(Line).min(1).max(100) }),
  byOrder,
  [InventoryReserved, InventoryReservationRejected],
);

export const ReleaseInventory = command(
  'ReleaseInventory',
  'inventory.commands',
  z.object(ofOrder),
  byOrder,
  [InventoryReleased],
  { undo: true },
);

export const CommitInventory = command('CommitInventory', 'inventory.commands', z.object(ofOrder), byOrder, [
  InventoryCommitted,
]);
