/** What an order holds of the stock. States only go forward; every decision is pure. */
import {
  type CommitInventory,
  InventoryCommitted,
  InventoryReleased,
  InventoryReservationRejected,
  InventoryReserved,
  type ReleaseInventory,
  type ReserveInventory,
} from '@order-saga/contracts/inventory';
import type { Line, Sku } from '@order-saga/contracts/values';
import { type DataOf, type Decision, decide, ignore } from '@sagakit/messaging/aggregate/decision';

/** Pieces of one SKU. available + reserved + sold changes by adjustments only. */
export type Stock = { available: number; reserved: number; sold: number };

export type Reservation =
  | { status: 'REFUSED'; lines: [] }
  | { status: 'RESERVED'; lines: Line[] }
  | { status: 'COMMITTED'; lines: Line[] }
  /**
   * What was given back; empty where nothing was held, and then it is a cancellation marker: a reservation
   * that comes later is refused.
   */
  | { status: 'RELEASED'; lines: Line[] };

/** The order's reservation and the stock of the SKUs that it is about. */
export type Holding = { reservation: Reservation | undefined; stock: ReadonlyMap<Sku, Stock> };

export function reserve(
  holding: Holding,
  { orderId, lines }: DataOf<typeof ReserveInventory>,
): Decision<Holding> {
  switch (holding.reservation?.status) {
    case undefined:
      break;
    case 'RELEASED':
      return decide(holding, [InventoryReservationRejected({ orderId, code: 'undone', missing: [] })]);
    case 'REFUSED':
    case 'RESERVED':
    case 'COMMITTED':
      return ignore('decided-already');
  }
  const wanted = perSku(lines);
  const missing = wanted.flatMap(({ sku, quantity }) => {
    const available = holding.stock.get(sku)?.available ?? 0;
    return available < quantity ? [{ sku, requested: quantity, available }] : [];
  });
  if (missing.length > 0) {
    return decide({ ...holding, reservation: { status: 'REFUSED', lines: [] } }, [
      InventoryReservationRejected({ orderId, code: 'out-of-stock', missing }),
    ]);
  }
  const reservation: Reservation = { status: 'RESERVED', lines: wanted };
  return decide({ reservation, stock: move(holding.stock, wanted, 'available', 'reserved') }, [
    InventoryReserved({ orderId, lines: wanted }),
  ]);
}

export function release(holding: Holding, { orderId }: DataOf<typeof ReleaseInventory>): Decision<Holding> {
  const { reservation, stock } = holding;
  const released = (lines: Line[], after: Holding['stock']) =>
    decide<Holding>({ reservation: { status: 'RELEASED', lines }, stock: after }, [
      InventoryReleased({ orderId, lines }),
    ]);
  switch (reservation?.status) {
    case undefined:
    case 'REFUSED':
      return released([], stock);
    case 'RESERVED':
      return released(reservation.lines, move(stock, reservation.lines, 'reserved', 'available'));
    case 'COMMITTED':
      return released(reservation.lines, move(stock, reservation.lines, 'sold', 'available'));
    case 'RELEASED':
      return ignore('released-already');
  }
}

export function commit(holding: Holding, { orderId }: DataOf<typeof CommitInventory>): Decision<Holding> {
  const { reservation, stock } = holding;
  if (reservation?.status !== 'RESERVED') return ignore('nothing-reserved');
  const { lines } = reservation;
  return decide(
    { reservation: { status: 'COMMITTED', lines }, stock: move(stock, lines, 'reserved', 'sold') },
    [InventoryCommitted({ orderId, lines })],
  );
}

/** Lines may name a SKU twice; what is held is counted per SKU. */
function perSku(lines: readonly Line[]): Line[] {
  const quantities = new Map<Sku, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

function move(
  stock: Holding['stock'],
  lines: readonly Line[],
  from: keyof Stock,
  to: keyof Stock,
): Holding['stock'] {
  const moved = new Map(stock);
  for (const { sku, quantity } of lines) {
    const before = moved.get(sku);
    if (!before || before[from] < quantity) throw new Error(`${sku}: ${quantity} pieces are not ${from}`);
    moved.set(sku, { ...before, [from]: before[from] - quantity, [to]: before[to] + quantity });
  }
  return moved;
}
