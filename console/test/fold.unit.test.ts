import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawRecord } from '@sagakit/kafka/record';
import fc from 'fast-check';
import { fold } from '../src/projection/fold.ts';
import { noRows, type Rows } from '../src/projection/rows.ts';
import { aLog, DATA, shuffledTwice } from './logs.ts';
import { CONTACT, contactData, deadLetterOf, ORDER_ID, placedData, recordOf } from './records.ts';

const folded = (records: readonly RawRecord[]): Rows => {
  const rows = noRows();
  for (const record of records) fold(rows, record);
  return rows;
};

/** Without the order in which the rows came to be. */
const settled = (rows: Rows) =>
  Object.fromEntries(
    Object.entries(rows).map(([table, map]) => [
      table,
      [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    ]),
  );

describe('the rows of a generation', () => {
  it('are the same in whatever order and however often the records come', () => {
    fc.assert(
      fc.property(aLog.chain(shuffledTwice), ({ log, again }) => {
        assert.deepEqual(settled(folded(again)), settled(folded(log)));
      }),
      { numRuns: 500 },
    );
  });

  it('count every record once, in its minute', () => {
    const twice = [recordOf({ type: 'SagaStarted', data: DATA['SagaStarted'], offset: 1 })];
    const again = recordOf({ type: 'SagaStarted', data: DATA['SagaStarted'], offset: 9 });
    const { minutes, messages, copies } = folded([...twice, again, ...twice, again]);
    assert.equal([...minutes.values()][0]?.n, 2);
    assert.equal(messages.size, 1);
    assert.deepEqual([...copies.keys()], ['saga.events/0/9']);
  });

  it('have the lowest place of a message, whichever copy came first', () => {
    const [low, high] = [3, 7].map((offset) => recordOf({ type: 'OrderPlaced', data: placedData(), offset }));
    for (const records of [
      [low, high],
      [high, low],
    ]) {
      const { messages, copies } = folded(records as RawRecord[]);
      assert.equal([...messages.values()][0]?.offset, '3');
      assert.deepEqual([...copies.keys()], ['order.events/0/7']);
    }
  });
});

describe('a story row', () => {
  const only = (records: RawRecord[]) => [...folded(records).stories.values()][0];

  it('has what the order said last, by its sequence and not by its arrival', () => {
    const rejected = recordOf({ type: 'OrderRejected', data: DATA['OrderRejected'], sequence: 2, at: 212 });
    const placed = recordOf({ type: 'OrderPlaced', data: placedData(), sequence: 1 });
    const story = only([rejected, placed]);
    assert.equal(story?.status?.status, 'REJECTED');
    assert.equal(story?.status?.reason, 'payment-declined');
    assert.equal(story?.placed?.title, '1 × Desk lamp');
    assert.equal(story?.placed?.amount, 4900);
    assert.equal(story?.kind, 3);
  });

  it('believes nobody but the owner of a type, on its own topic', () => {
    const stranger = recordOf({
      type: 'OrderConfirmed',
      data: DATA['OrderConfirmed'],
      source: '/stranger',
      sequence: 9,
    });
    const elsewhere = recordOf({
      type: 'OrderConfirmed',
      data: DATA['OrderConfirmed'],
      topic: 'payment.events',
      sequence: 8,
      source: '/order',
    });
    const placed = recordOf({ type: 'OrderPlaced', data: placedData() });
    assert.equal(only([placed, stranger, elsewhere])?.status?.status, 'PENDING');
    assert.equal(folded([placed, stranger, elsewhere]).messages.size, 3, 'and shows them all');
  });

  it('is of no kind of ours where the type is a name that every object has', () => {
    for (const type of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      assert.equal(only([recordOf({ type, data: {} })])?.kind, 0, type);
  });

  it('is not made of a contact alone, which outlasts the other messages, and is not changed by one', () => {
    const contact = recordOf({ type: 'ContactProvided', data: contactData(), sequence: 2, at: 99_000 });
    const placed = recordOf({ type: 'OrderPlaced', data: placedData() });
    assert.equal(only([contact]), undefined);
    assert.deepEqual(only([contact, placed]), only([placed]));
    assert.equal(folded([contact]).messages.size, 1, 'and it is told with the others');
  });

  it('says that something was undone', () => {
    assert.equal(only([recordOf({ type: 'ReleaseInventory', data: { orderId: ORDER_ID } })])?.undone, true);
    assert.equal(only([recordOf({ type: 'OrderPlaced', data: placedData() })])?.undone, false);
  });
});

describe('what is stored', () => {
  const stored = (records: RawRecord[]) => JSON.stringify(settled(folded(records)));
  const secrets = ['ada@example.com', CONTACT.name, CONTACT.address.street, 'SW1Y', 'tok_visa'];

  it('has no personal data and no card token, in messages or dead letters', () => {
    // As the release before wrote it, and may have parked it: the contact is no field of its schema any more.
    const placed = recordOf({ type: 'OrderPlaced', data: { ...placedData(), contact: CONTACT } });
    const contact = recordOf({ type: 'ContactProvided', data: contactData(), sequence: 2 });
    const process = recordOf({
      type: 'ProcessPayment',
      data: { orderId: ORDER_ID, amount: { amount: 1, currency: 'EUR' }, token: 'tok_visa' },
    });
    const deadLetter = deadLetterOf(placed, { service: 'notification', reason: 'schema-invalid' });
    const another = deadLetterOf(contact, { service: 'notification', reason: 'waits-behind', offset: 1 });
    const unknown = recordOf({
      type: 'OrderPlacedByPhone',
      data: { deep: [{ contact: CONTACT, token: 'tok_visa' }] },
      sequence: 5,
    });
    // Of a release that is not there yet: what else it may say there is nobody's business either.
    const newer = recordOf({
      type: 'ContactProvided',
      data: { ...contactData(), phone: secrets[0] },
      sequence: 6,
    });
    const data = { fullName: CONTACT.name };
    const other = recordOf({ type: 'ContactGuessed', topic: 'order.contacts', data, sequence: 7 });
    const text = stored([placed, contact, process, deadLetter, another, unknown, newer, other]);
    assert.ok(text.includes('ContactGuessed'));
    for (const secret of secrets) assert.ok(!text.includes(secret), secret);
    assert.ok(
      text.includes('tok_…') && text.includes('a…@example.com'),
      'of the release before a little is left',
    );
    assert.doesNotMatch(stored([contact, another]), /example\.com/);
  });

  it('has the names of products, which nobody masks', () =>
    assert.ok(stored([recordOf({ type: 'OrderPlaced', data: placedData() })]).includes('Desk lamp')));

  it('has none that is written with escapes either', () => {
    const record = recordOf({ type: 'NewerWriter', data: { X: 1 } });
    const value = Buffer.from(record.value?.toString().replace('"X":1', '"\\u0074oken":"tok_visa"') ?? '');
    assert.ok(!stored([{ ...record, value }]).includes('tok_visa'));
  });

  it('has nothing of a dead letter that cannot be read, but that it is there', () => {
    const deadLetter = deadLetterOf(
      { ...recordOf({ type: 'OrderPlaced', data: {} }), value: Buffer.from('{"email":"ada@example.com"') },
      { service: 'order', reason: 'not-json' },
    );
    const [parked] = folded([deadLetter]).parked.values();
    assert.equal(parked?.reason, 'not-json');
    assert.equal(parked?.value, null);
    assert.equal(parked?.story, null);
  });

  it('holds what a database can hold, whatever is sent', () => {
    const hostile = recordOf({
      type: 'OrderPlaced',
      data: { ...placedData(), customerId: 'a\u0000b\ud800' },
    });
    const row = [...folded([hostile]).stories.values()][0];
    assert.equal(row?.placed?.customer, 'a\uFFFDb\uFFFD');
    for (const rubbish of [
      null,
      Buffer.from(''),
      Buffer.from('null'),
      Buffer.from('[]'),
      Buffer.from('{"type":1}'),
      Buffer.from([0xff, 0xfe]),
    ])
      assert.equal(folded([{ ...hostile, value: rubbish }]).messages.size, 0);
    const long = recordOf({ type: 'NewerWriter', data: 'x'.repeat(300_000) });
    const [message] = folded([long]).messages.values();
    assert.equal(message?.value.length, 64 * 1024);
    assert.ok((message?.bytes ?? 0) > 300_000);
  });
});

describe('a record that is deeper than a stack', () => {
  const deep = (n: number, inner: string) => `${'['.repeat(n)}${inner}${']'.repeat(n)}`;

  it('is read, and what lies too deep is cut', () => {
    const record = recordOf({ type: 'NewerWriter', data: 'HERE' });
    const text = String(record.value).replace('"HERE"', deep(50_000, '{"email":"ada@example.com"}'));
    const [message] = folded([{ ...record, value: Buffer.from(text) }]).messages.values();
    assert.match(message?.value ?? '', /"data":\[\[/);
    assert.doesNotMatch(message?.value ?? '', /ada@/);
    const whole = String(record.value).replace('"HERE"', `{"contact":${deep(50_000, '"ada@example.com"')}}`);
    const [other] = folded([{ ...record, value: Buffer.from(whole) }]).messages.values();
    assert.doesNotMatch(other?.value ?? '', /ada@/);
  });
});
