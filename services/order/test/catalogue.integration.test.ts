/**
 * The copy of inventory's products. Their topic is kept for ever, so it is read again when the inbox has long
 * forgotten it.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProductListed, ProductPriceChanged } from '@order-saga/contracts/inventory';
import { type Sku } from '@order-saga/contracts/values';
import { type Participant, participant, messagesOf } from '@sagakit/testing/participant';
import { products } from '../src/products.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue, 'inventory.commands');

const sku = 'SKU-0001' as Sku;
const at = (amount: number) => ({ sku, name: 'Oak bowl', price: { amount, currency: 'EUR' } });
const told = (message: Parameters<typeof envelopeOf>[0], sequence: number) =>
  recordOf({ ...envelopeOf(message), sequence: String(sequence).padStart(10, '0') });

describe('a price that was told before', () => {
  let own: Participant;
  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'order',
      aggregates: [products()],
      migrations: new URL('../prisma/migrations/', import.meta.url),
    });
  });
  after(() => own.close());
  const price = async () =>
    (await own.query<{ price_amount: string }>('select price_amount from products'))[0]?.price_amount;

  it('does not come back when the topic is read again without an inbox', async () => {
    const [listed, changed, last] = [
      told(ProductListed(at(100)), 1),
      // Adjustments of the stock are counted too, and go to another topic: numbers are left out.
      told(ProductPriceChanged(at(200)), 4),
      told(ProductPriceChanged(at(300)), 5),
    ] as const;
    await own.process(listed);
    await own.process(changed, last);
    assert.equal(await price(), '300');
    for (const earlier of [[listed], [changed], [listed, changed], [last, changed]]) {
      await own.query('delete from inbox');
      await own.process(...earlier);
      assert.equal(await price(), '300');
    }
    await own.process(told(ProductPriceChanged(at(400)), 6));
    assert.equal(await price(), '400');
  });
});
