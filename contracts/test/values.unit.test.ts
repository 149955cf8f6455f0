/** What an id, a SKU, an amount, a text and a contact may be, at their edges; and what a definition is. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CommitInventory, ReleaseInventory } from '../src/inventory.ts';
import { dataSchemaOf } from '@sagakit/messages/catalogue';
import { OrderPlaced } from '../src/order.ts';
import { RefundPayment } from '../src/payment.ts';
import { catalogue } from '../src/catalogue.ts';
import {
  AnOrderId,
  Contact,
  CURRENCY,
  Line,
  Money,
  OrderId,
  PricedLine,
  Quantity,
  Sku,
  Text,
} from '../src/values.ts';

type Schema = {
  safeParse(value: unknown): { success: boolean; error?: { issues: { message: string }[] } | undefined };
};
const all = (schema: Schema, expected: boolean, values: unknown[]) => {
  for (const value of values) assert.equal(schema.safeParse(value).success, expected, JSON.stringify(value));
};
const wordsOf = (schema: Schema, value: unknown) => schema.safeParse(value).error?.issues[0]?.message;

describe('values', () => {
  it('an order id is a UUID in lower case, and read in any', () => {
    all(OrderId, true, ['01900000-0000-7000-8000-00000000000a']);
    assert.equal(
      AnOrderId.parse('01900000-0000-7000-8000-00000000000A'),
      '01900000-0000-7000-8000-00000000000a',
    );
    all(AnOrderId, false, ['', 'x', 1]);
    all(OrderId, false, [
      '01900000-0000-7000-8000-00000000000A',
      '',
      'x',
      '01900000-0000-7000-8000-00000000000',
      1,
    ]);
  });
  it('a SKU is 1 to 40 of A-Z, 0-9 and "-", and does not begin with "-"', () => {
    all(Sku, true, ['A', '0', 'SKU-0001', 'A'.repeat(40), 'A-']);
    all(Sku, false, ['', '-A', 'A'.repeat(41), 'a', 'A_B', ' A', 'A ', 'Ä', 1]);
    assert.equal(wordsOf(Sku, 'a'), 'must be 1 to 40 of A-Z, 0-9 and "-"');
  });
  it('money is whole minor units from 0, of a currency of three letters', () => {
    all(Money, true, [{ amount: 0, currency: 'EUR' }]);
    all(Money, false, [
      { amount: -1, currency: 'EUR' },
      { amount: 0.5, currency: 'EUR' },
      { amount: '1', currency: 'EUR' },
    ]);
    for (const currency of ['EU', 'EURO', 'eur', 'XEUR', '', 1]) all(Money, false, [{ amount: 1, currency }]);
    assert.equal(CURRENCY, 'EUR');
  });
  it('a quantity is 1 to 1000', () => {
    all(Quantity, true, [1, 1000]);
    all(Quantity, false, [0, 1001, 1.5, '1']);
    all(Line, true, [{ sku: 'A', quantity: 1 }]);
    all(Line, false, [{ sku: 'A' }, { quantity: 1 }, {}]);
    all(PricedLine, true, [{ sku: 'A', quantity: 1, name: 'a', unitPrice: { amount: 1, currency: 'EUR' } }]);
    all(PricedLine, false, [
      { sku: 'A', quantity: 1, name: '', unitPrice: { amount: 1, currency: 'EUR' } },
      { sku: 'A', quantity: 1, name: 'a' },
    ]);
  });
  it('a text is 1 to 200 characters that can be stored and shown', () => {
    all(Text, true, ['a', 'a'.repeat(200), ' ', '~', '\u00a0', '\u{1f600}']);
    all(Text, false, ['', 'a'.repeat(201), '\u0000', '\u001f', '\u007f', '\u009f', 'a\nb', '\ud800', 1]);
    assert.equal(wordsOf(Text, 'a\u0000'), 'must not contain control characters');
    assert.equal(wordsOf(Text, '\ud800'), 'must be well-formed Unicode');
  });
  it('a contact has an e-mail address, a name and an address', () => {
    const good = {
      email: 'ada@example.com',
      name: 'Ada',
      address: { street: 'a', city: 'b', postalCode: 'c', country: 'd' },
    };
    all(Contact, true, [good]);
    all(Contact, false, [{ ...good, email: 'x' }, { ...good, name: '' }, { ...good, address: {} }, {}]);
    all(Contact, false, [{ ...good, email: `${'a'.repeat(190)}@example.com` }]);
    for (const name of ['street', 'city', 'postalCode', 'country'])
      all(Contact, false, [{ ...good, address: { ...good.address, [name]: '' } }]);
  });
});

describe('a definition', () => {
  it('makes the message, and says what it is', () => {
    const orderId = OrderId.parse('01900000-0000-7000-8000-00000000000a');
    assert.deepEqual(CommitInventory({ orderId }), {
      type: 'CommitInventory',
      data: { orderId },
      replies: ['InventoryCommitted'],
    });
    const { type, kind, topic, version, replies, undo } = ReleaseInventory;
    assert.deepEqual(
      { type, kind, topic, version, replies, undo },
      {
        type: 'ReleaseInventory',
        kind: 'command',
        topic: 'inventory.commands',
        version: '1.0',
        replies: ['InventoryReleased'],
        undo: true,
      },
    );
    assert.deepEqual([CommitInventory.undo, RefundPayment.undo, OrderPlaced.kind], [false, true, 'event']);
    assert.equal(dataSchemaOf(catalogue, OrderPlaced), 'urn:order-saga:schemas:OrderPlaced:1.0');
  });
  it('is found by its type, and only those are definitions', () => {
    assert.equal(catalogue.definitionOf('OrderPlaced'), OrderPlaced);
    assert.throws(() => catalogue.definitionOf('Nonsense'), /^Error: the catalogue has no message Nonsense$/);
    const samples = readdirSync(path.join(import.meta.dirname, '../samples'));
    assert.deepEqual([...catalogue.messages.keys()].map((type) => `${type}.json`).sort(), samples.sort());
    for (const [type, definition] of catalogue.messages) assert.equal(definition.type, type);
  });
});
