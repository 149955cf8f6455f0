/** The last pieces of a product, wanted by many at once: whole batches, on a real Postgres. */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ReleaseInventory, ReserveInventory } from '@order-saga/contracts/inventory';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { newId } from '@sagakit/resilience/ids';
import { type Participant, participant, messagesOf } from '@sagakit/testing/participant';
import { reservations } from '../src/reservations.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue, 'inventory.commands');

const BOWL = 'SKU-0001' as Sku;
const LAMP = 'SKU-0002' as Sku;
const one = (sku: Sku) => ({ sku, quantity: 1 });
const orders = (count: number) => Array.from({ length: count }, () => newId() as OrderId);
const reserve = (orderId: OrderId, ...skus: Sku[]) =>
  recordOf(envelopeOf(ReserveInventory({ orderId, lines: (skus.length > 0 ? skus : [BOWL]).map(one) })));
const release = (orderId: OrderId) => recordOf(envelopeOf(ReleaseInventory({ orderId })));

describe('the last hundred pieces', () => {
  let own: Participant;

  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'inventory',
      aggregates: [reservations],
      migrations: new URL('../prisma/migrations/', import.meta.url),
    });
  });
  after(() => own.close());
  beforeEach(async () => {
    await own.query('delete from outbox; delete from reservations; delete from products');
    await own.query(
      `insert into products (sku, version, sequence, name, price_amount, currency, available, reserved, sold)
       select sku, 1, 1, sku, 500, 'EUR', 100, 0, 0 from unnest($1::text[]) sku`,
      [[BOWL, LAMP]],
    );
  });

  const stock = () => own.query('select available, reserved, sold from products order by sku');
  const answers = async () => {
    const rows = await own.query<{ type: string; count: number }>(
      `select message::json->>'type' as type, count(*)::int as count from outbox group by 1`,
    );
    return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
  };
  const untouched = { available: 100, reserved: 0, sold: 0 };
  const gone = { available: 0, reserved: 100, sold: 0 };

  it('go to a hundred of the two hundred orders that come in one batch', async () => {
    await own.process(...orders(200).map((orderId) => reserve(orderId)));
    assert.deepEqual(await stock(), [gone, untouched]);
    assert.deepEqual(await answers(), { InventoryReserved: 100, InventoryReservationRejected: 100 });
  });

  it('go to a hundred of the two hundred orders that come in batches at once, with their SKUs in either order', async () => {
    const batches = Array.from({ length: 8 }, (_, batch) =>
      orders(25).map((orderId) => (batch % 2 ? reserve(orderId, BOWL, LAMP) : reserve(orderId, LAMP, BOWL))),
    );
    await Promise.all(batches.map((batch) => own.process(...batch)));
    assert.deepEqual(await stock(), [gone, gone]);
    assert.deepEqual(await answers(), { InventoryReserved: 100, InventoryReservationRejected: 100 });
  });

  it('are given back within the batch that took them, and go to the next', async () => {
    const first = orders(100);
    const second = orders(100);
    await own.process(
      ...first.map((orderId) => reserve(orderId)),
      ...first.map(release),
      ...second.map((id) => reserve(id)),
    );
    assert.deepEqual(await stock(), [gone, untouched]);
    assert.deepEqual(await answers(), { InventoryReserved: 200, InventoryReleased: 100 });
  });

  it('are not touched by an order whose undo came first, in a batch before or in the same', async () => {
    const [early, same] = orders(2) as [OrderId, OrderId];
    await own.process(release(early));
    await own.process(reserve(early), release(same), reserve(same));
    assert.deepEqual(await stock(), [untouched, untouched]);
    for (const orderId of [early, same]) {
      assert.deepEqual(await own.said(orderId), [
        { type: 'InventoryReleased', data: { orderId, lines: [] } },
        { type: 'InventoryReservationRejected', data: { orderId, code: 'undone', missing: [] } },
      ]);
    }
  });

  it('are taken once by a command that is delivered, or sent, again', async () => {
    const [orderId] = orders(1) as [OrderId];
    const delivered = reserve(orderId);
    await own.process(delivered, delivered);
    await own.process(delivered);
    assert.equal((await own.said(orderId)).length, 1);
    await own.process(reserve(orderId));
    assert.deepEqual(await stock(), [{ available: 99, reserved: 1, sold: 0 }, untouched]);
    const reserved = { type: 'InventoryReserved', data: { orderId, lines: [one(BOWL)] } };
    assert.deepEqual(await own.said(orderId), [reserved, reserved]);
  });
});
