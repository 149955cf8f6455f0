import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { assortment } from '../src/domain/assortment.ts';
import { adjustStock, changePrice } from '../src/domain/product.ts';
import {
  commit,
  type Holding,
  release,
  type Reservation,
  reserve,
  type Stock,
} from '../src/domain/reservation.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const sku = 'SKU-0001' as Sku;
const other = 'SKU-0002' as Sku;
const holding = (stock: Partial<Stock>, reservation?: Reservation): Holding => ({
  reservation,
  stock: new Map([
    [sku, { available: 0, reserved: 0, sold: 0, ...stock }],
    [other, { available: 5, reserved: 0, sold: 0 }],
  ]),
});
const command = (lines: { sku: Sku; quantity: number }[] = []) => ({ orderId, lines });

function decided(decision: ReturnType<typeof reserve>) {
  assert.equal(decision.kind, 'decided');
  const { state, messages } = decision;
  return {
    reservation: state.reservation,
    stock: state.stock.get(sku),
    type: messages[0]?.type,
    data: messages[0]?.data,
  };
}
const two = [{ sku, quantity: 2 }];

describe('reserving', () => {
  it('moves pieces from available to reserved', () => {
    const { stock, reservation, type } = decided(reserve(holding({ available: 3 }), command(two)));
    assert.deepEqual(stock, { available: 1, reserved: 2, sold: 0 });
    assert.deepEqual(reservation, { status: 'RESERVED', lines: two });
    assert.equal(type, 'InventoryReserved');
  });
  it('is refused as a whole when one line falls short, naming it', () => {
    const { stock, type, data } = decided(
      reserve(holding({ available: 1 }), command([{ sku: other, quantity: 1 }, ...two])),
    );
    assert.deepEqual(stock, { available: 1, reserved: 0, sold: 0 });
    assert.equal(type, 'InventoryReservationRejected');
    assert.deepEqual(data, { orderId, code: 'out-of-stock', missing: [{ sku, requested: 2, available: 1 }] });
  });
  it('adds up lines of one SKU', () => {
    const { type } = decided(reserve(holding({ available: 3 }), command([...two, ...two])));
    assert.equal(type, 'InventoryReservationRejected');
  });
  it('of a product that does not exist is out of stock', () => {
    const { data } = decided(reserve(holding({}), command([{ sku: 'SKU-9999' as Sku, quantity: 1 }])));
    assert.deepEqual((data as { missing: unknown }).missing, [
      { sku: 'SKU-9999', requested: 1, available: 0 },
    ]);
  });
  it('after its undo is refused: the cancellation marker holds', () => {
    const { stock, data } = decided(
      reserve(holding({ available: 3 }, { status: 'RELEASED', lines: [] }), command(two)),
    );
    assert.deepEqual(stock, { available: 3, reserved: 0, sold: 0 });
    assert.equal((data as { code: string }).code, 'undone');
  });
});

describe('releasing', () => {
  it('gives back what is reserved', () => {
    const { stock, data } = decided(
      release(holding({ reserved: 2 }, { status: 'RESERVED', lines: two }), command()),
    );
    assert.deepEqual(stock, { available: 2, reserved: 0, sold: 0 });
    assert.deepEqual((data as { lines: unknown }).lines, two);
  });
  it('gives back what is sold', () => {
    const { stock } = decided(release(holding({ sold: 2 }, { status: 'COMMITTED', lines: two }), command()));
    assert.deepEqual(stock, { available: 2, reserved: 0, sold: 0 });
  });
  it('of an order never seen is acknowledged and leaves a cancellation marker', () => {
    const { reservation, type, data } = decided(release(holding({}), command()));
    assert.deepEqual(reservation, { status: 'RELEASED', lines: [] });
    assert.equal(type, 'InventoryReleased');
    assert.deepEqual((data as { lines: unknown }).lines, []);
  });
  it('of a refused order is acknowledged', () => {
    assert.equal(
      decided(release(holding({}, { status: 'REFUSED', lines: [] }), command())).type,
      'InventoryReleased',
    );
  });
});

describe('committing', () => {
  it('moves pieces from reserved to sold', () => {
    const { stock } = decided(
      commit(holding({ reserved: 2 }, { status: 'RESERVED', lines: two }), command()),
    );
    assert.deepEqual(stock, { available: 0, reserved: 0, sold: 2 });
  });
  it('never steps back', () => {
    for (const reservation of [
      undefined,
      { status: 'RELEASED', lines: two },
      { status: 'COMMITTED', lines: two },
    ] as const) {
      assert.deepEqual(commit(holding({}, reservation as Reservation | undefined), command()), {
        kind: 'ignored',
        reason: 'nothing-reserved',
      });
    }
  });
});

describe('an operator', () => {
  const product = {
    sku,
    name: 'Oak bowl',
    price: { amount: 100, currency: 'EUR' },
    stock: { available: 3, reserved: 1, sold: 1 },
  };
  it('adds and takes away what is available', () => {
    const result = adjustStock(product, { quantity: -3, reason: 'broken' });
    assert.ok(result.kind === 'decided');
    assert.deepEqual(result.state.stock, { available: 0, reserved: 1, sold: 1 });
    assert.deepEqual(result.messages[0]?.data, { sku, quantity: -3, reason: 'broken', available: 0 });
  });
  it('cannot take away what is not there', () => {
    assert.deepEqual(adjustStock(product, { quantity: -4, reason: 'x' }), {
      kind: 'ignored',
      reason: 'too-few',
    });
  });
  it('changes a price, and the whole product is told', () => {
    const changed = changePrice(product, { amount: 200, currency: 'EUR' });
    assert.ok(changed.kind === 'decided');
    assert.deepEqual(changed.messages[0]?.data, {
      sku,
      name: 'Oak bowl',
      price: { amount: 200, currency: 'EUR' },
    });
  });
});

describe('the assortment', () => {
  it('is a hundred products, each with a name of its own', () => {
    const products = assortment();
    assert.equal(products.length, 100);
    assert.equal(new Set(products.map(({ sku: own }) => own)).size, 100);
    assert.equal(new Set(products.map(({ name }) => name)).size, 100);
  });
});
