/** The edges of the inventory's decisions: names, words, bounds. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { assortment } from '../src/domain/assortment.ts';
import { adjustStock, MAX_AVAILABLE } from '../src/domain/product.ts';
import { commit, type Holding, release, type Reservation, reserve } from '../src/domain/reservation.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const sku = 'SKU-0001' as Sku;
const two = [{ sku, quantity: 2 }];
const command = (lines = two) => ({ orderId, lines });
const holding = (
  reservation: Reservation | undefined,
  stock: Partial<Record<'available' | 'reserved' | 'sold', number>> = {},
): Holding => ({
  reservation,
  stock: new Map([[sku, { available: 0, reserved: 0, sold: 0, ...stock }]]),
});

describe('what is decided already', () => {
  it('is not reserved anew, by name', () => {
    for (const reservation of [
      { status: 'REFUSED', lines: [] },
      { status: 'RESERVED', lines: two },
      { status: 'COMMITTED', lines: two },
    ] as Reservation[])
      assert.deepEqual(reserve(holding(reservation, { available: 9 }), command()), {
        kind: 'ignored',
        reason: 'decided-already',
      });
  });
  it('is not released twice, by name', () => {
    assert.deepEqual(release(holding({ status: 'RELEASED', lines: two }), command()), {
      kind: 'ignored',
      reason: 'released-already',
    });
  });
});

describe('the last pieces', () => {
  it('may all be reserved', () => {
    const decision = reserve(holding(undefined, { available: 2 }), command());
    assert.ok(decision.kind === 'decided');
    assert.deepEqual(decision.state.stock.get(sku), { available: 0, reserved: 2, sold: 0 });
    assert.deepEqual(decision.messages[0]?.data, { orderId, lines: two });
  });
  it('are told when they are sold', () => {
    const decision = commit(holding({ status: 'RESERVED', lines: two }, { reserved: 2 }), command());
    assert.ok(decision.kind === 'decided');
    assert.deepEqual(
      decision.messages.map(({ type, data }) => [type, data]),
      [['InventoryCommitted', { orderId, lines: two }]],
    );
    assert.deepEqual(decision.state.reservation, { status: 'COMMITTED', lines: two });
  });
});

describe('pieces that are not where they should be', () => {
  it('are a bug to see, in words', () => {
    assert.throws(
      () => commit(holding({ status: 'RESERVED', lines: two }, { reserved: 1 }), command()),
      /^Error: SKU-0001: 2 pieces are not reserved$/,
    );
    const unknown: Holding = { reservation: { status: 'COMMITTED', lines: two }, stock: new Map() };
    assert.throws(() => release(unknown, command()), /^Error: SKU-0001: 2 pieces are not sold$/);
  });
});

describe('an adjustment', () => {
  const product = {
    sku,
    name: 'Oak bowl',
    price: { amount: 1, currency: 'EUR' },
    stock: { available: MAX_AVAILABLE - 1, reserved: 0, sold: 0 },
  };
  it('goes up to what can be kept, and no further', () => {
    const full = adjustStock(product, { quantity: 1, reason: 'x' });
    assert.ok(full.kind === 'decided');
    assert.equal(full.state.stock.available, MAX_AVAILABLE);
    assert.deepEqual(adjustStock(product, { quantity: 2, reason: 'x' }), {
      kind: 'ignored',
      reason: 'too-many',
    });
  });
});

describe('the assortment', () => {
  it('is the same on every machine', () => {
    const products = assortment();
    assert.deepEqual(products[0], {
      sku: 'SKU-0001',
      name: 'Oak bowl',
      price: { amount: 2340, currency: 'EUR' },
      stock: { available: 10_000, reserved: 0, sold: 0 },
    });
    assert.deepEqual(products[99], {
      sku: 'SKU-0100',
      name: 'Signed print, limited edition',
      price: { amount: 5490, currency: 'EUR' },
      stock: { available: 3, reserved: 0, sold: 0 },
    });
    assert.equal(products.filter(({ stock }) => stock.available === 10_000).length, 99);
    assert.equal(
      createHash('sha256').update(JSON.stringify(products)).digest('hex'),
      '4daad63966df110d42a12f497211f8a6895c930ed9afdc70fe423b2dc94a69fc',
    );
  });
});
