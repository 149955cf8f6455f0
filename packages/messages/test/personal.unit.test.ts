/** What is masked follows from marks in schemas alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createCatalogue } from '../src/catalogue.ts';
import { command, erasableEvent, event } from '../src/define.ts';
import { jsonSchemaOf } from '../src/json-schema.ts';
import { maskAll, maskText } from '../src/mask-value.ts';
import { masksOf, personal, secret } from '../src/personal.ts';

const Guest = z.object({
  mail: personal(z.string().max(9)),
  name: personal(z.string()),
  home: personal(z.object({ street: z.string(), number: z.int() })),
});
const table = ({ table: number }: { table: string }) => number;
const Seated = erasableEvent(
  'Seated',
  'cafe.guests',
  z.object({ table: z.string(), guests: z.array(Guest).optional(), host: personal(Guest).nullable() }),
  table,
  z.string(),
);
const Ordered = event(
  'Ordered',
  'cafe.events',
  z.object({ table: z.string(), dishes: z.array(z.object({ name: z.string() })) }),
  table,
);
const Pay = command(
  'Pay',
  'cafe.commands',
  z.object({ table: z.string(), by: z.union([z.object({ pin: secret(z.string()) }), z.object({})]) }),
  table,
  [Ordered],
);
const kept = { writer: 'cafe', partitions: 1, retentionMs: 1, segmentMs: 1 };
const catalogue = createCatalogue({
  name: 'cafe',
  topics: {
    'cafe.events': kept,
    'cafe.commands': kept,
    'cafe.guests': { ...kept, compacted: true },
  },
  messages: [Seated, Ordered, Pay],
});
const masks = masksOf(catalogue, [
  { name: 'ring', schema: z.object({ bell: z.int(), to: personal(z.string()), name: personal(z.string()) }) },
]);
const ada = { mail: 'ada@example.com', name: 'Ada', home: { street: 'Main Street', number: 7 } };
const masked = { mail: 'a…@example.com', name: '…', home: { street: '…', number: '…' } };

describe('a mark', () => {
  it('is in the JSON Schema, for readers in other languages', () => {
    const { properties } = jsonSchemaOf(catalogue, Seated) as {
      properties: { guests: { items: { properties: object } } };
    };
    assert.deepEqual(properties.guests.items.properties, {
      mail: { type: 'string', maxLength: 9, personal: true },
      name: { type: 'string', personal: true },
      home: {
        type: 'object',
        properties: {
          street: { type: 'string' },
          number: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        },
        required: ['street', 'number'],
        personal: true,
      },
    });
  });
  it('changes nothing of what the schema takes', () => {
    assert.equal(personal(z.string().max(3)).safeParse('abcd').success, false);
    assert.equal(secret(z.string()).parse('a'), 'a');
  });
  it('on nothing masks nothing', () => {
    const none = masksOf({ messages: new Map(), schemas: '' });
    const text = '{"type":"Seated","data":{"name":"\\u0041da"}}';
    assert.deepEqual([none.text(text), none.json(text, JSON.parse(text)), none.names.size], [text, text, 0]);
  });
});

describe('data', () => {
  it('is masked where its schema says so, at any depth', () => {
    assert.deepEqual(masks.data('Seated', { table: '1', guests: [ada, ada], host: ada }), {
      table: '1',
      guests: [masked, masked],
      host: masked,
    });
    assert.deepEqual(masks.data('Pay', { table: '1', by: { pin: 'key_visa' } }), {
      table: '1',
      by: { pin: 'key_…' },
    });
  });
  it('is left alone elsewhere, also under a name that is marked in another place', () => {
    const data = { table: '1', dishes: [{ name: 'Soup' }] };
    assert.deepEqual(masks.data('Ordered', data), data);
  });
  it('that does not fit its schema is masked all the same', () => {
    for (const [guests, then] of [
      [{ mail: 'ada@example.com' }, { mail: 'a…@example.com' }],
      [[[ada]], [[masked]]],
      [[{ mail: ['ada@example.com', { deep: 'Ada' }] }], [{ mail: ['a…@example.com', { deep: '…' }] }]],
      ['Ada', '…'],
    ] as const)
      assert.deepEqual(masks.data('Seated', { guests }), { guests: then });
    assert.deepEqual(masks.data('Pay', { by: 'plain' }), { by: 'plain' });
    assert.equal(masks.data('Seated', null), null);
    assert.deepEqual(masks.data('Seated', { host: 7 }), { host: '…' });
    assert.deepEqual(masks.data('Seated', { host: null }), { host: null });
  });
  it('of a type or a field that no schema has goes by the names that stand for nothing else', () => {
    assert.deepEqual([...masks.names].sort(), ['home', 'host', 'mail', 'pin', 'to']);
    const data = { guest: ada, dish: { name: 'Soup' }, pin: 'key_visa' };
    const then = { guest: { ...masked, name: 'Ada' }, dish: { name: 'Soup' }, pin: 'key_…' };
    assert.deepEqual(masks.data('Unheard', data), then);
    assert.deepEqual(masks.data('Ordered', { table: '1', more: data }), { table: '1', more: then });
  });
  it('that can be taken back has nothing left but what its schema has and does not mark', () => {
    const phone = { phone: '0171 1234', since: 1999, kids: ['Bob'], more: { of: 'them' } };
    const none = { phone: '…', since: '…', kids: ['…'], more: { of: '…' } };
    assert.deepEqual(masks.data('Seated', { table: '1', guests: [{ ...ada, ...phone }], ...phone }), {
      table: '1',
      guests: [{ ...masked, ...none }],
      ...none,
    });
    assert.deepEqual(masks.data('Seated', 'Ada'), '…');
    assert.deepEqual(masks.data('Seated', { table: { of: 'Ada' } }), { table: { of: '…' } });
  });
  it('of documents beside the messages is masked by their schemas', () =>
    assert.deepEqual(masks.data('ring', { bell: 1, to: 'ada@example.com', name: 'Ada' }), {
      bell: 1,
      to: 'a…@example.com',
      name: '…',
    }));
  it('is cut where it is deeper than anybody looks', () => {
    let deep: unknown = { mail: 'ada@example.com' };
    for (let level = 0; level < 200; level++) deep = [deep];
    assert.doesNotMatch(JSON.stringify(masks.data('Ordered', { deep })), /ada/);
    assert.doesNotMatch(JSON.stringify(masks.data('Seated', { host: deep })), /ada/);
  });
});

describe('a message', () => {
  const envelope = { id: '1', type: 'Seated', data: { table: '1', host: ada }, mail: 'ada@example.com' };
  const then = { id: '1', type: 'Seated', data: { table: '1', host: masked }, mail: 'a…@example.com' };
  it('is masked by its type, in the order in which it came', () => {
    const text = JSON.stringify(envelope);
    assert.equal(masks.text(text), JSON.stringify(then));
    const pay = { type: 'Pay', data: { by: { pin: 'key_visa' } } };
    assert.equal(masks.json(JSON.stringify(pay), pay), '{"type":"Pay","data":{"by":{"pin":"key_…"}}}');
  });
  it('that can be taken back has nothing left of whom it is about where it is kept', () => {
    const kept = JSON.parse(masks.json(JSON.stringify(envelope), envelope)) as typeof envelope;
    assert.deepEqual(kept.data.host, { mail: '…', name: '…', home: { street: '…', number: '…' } });
  });
  it('that says nothing marked is the same text', () => {
    const text = '{ "type": "Ordered",  "data": {"table": "1", "dishes": []} }';
    assert.equal(masks.text(text), text);
    assert.equal(masks.json(text, undefined), text);
  });
  it('written with escapes is looked into', () =>
    assert.equal(
      masks.text('{"type":"Pay","data":{"by":{"\\u0070in":"key_visa"}}}'),
      '{"type":"Pay","data":{"by":{"pin":"key_…"}}}',
    ));
  it('that is none is masked by names', () => {
    assert.equal(masks.text('[{"mail":"ada@example.com"}]'), '[{"mail":"a…@example.com"}]');
    assert.equal(masks.text('"mail"'), '"mail"');
    assert.deepEqual(masks.message(null), null);
  });
  it('that is no JSON is cut where a marked field is named', () => {
    assert.equal(masks.text('{"id":1,"mail":"ada@exam'), '{"id":1,…');
    assert.equal(masks.text('{"id":1,"\\u006dail":"ada@exam'), '…');
    assert.equal(masks.text('just words'), 'just words');
  });
  it('on a topic for what can be taken back is an envelope, and else nothing', () => {
    const on = (value: unknown) => JSON.parse(masks.text(JSON.stringify(value), 'cafe.guests')) as unknown;
    assert.deepEqual(on(envelope), { ...then, mail: 'a…@example.com' });
    assert.deepEqual(on({ type: 'Left', subject: '1', hops: 2, of: 'Ada', data: { who: 'Ada' } }), {
      type: 'Left',
      subject: '1',
      hops: 2,
      of: '…',
      data: { who: '…' },
    });
    assert.deepEqual(
      [on(['Ada']), on({ who: { is: 'Ada' } }), on('Ada')],
      [['…'], { who: { is: '…' } }, '…'],
    );
    for (const text of ['just words', '{"id":1,"mail":"ada@exam', '{"who":"Ada"', ''])
      assert.equal(masks.text(text, 'cafe.guests'), '…');
    assert.equal(masks.json('{"who":"Ada"}', { who: 'Ada' }, 'cafe.guests'), '{"who":"…"}');
    assert.equal(masks.json('{"who":"Ada"}', { who: 'Ada' }, 'cafe.events'), '{"who":"Ada"}');
    assert.deepEqual(['cafe.guests', 'cafe.events'].map(masks.isClosed), [true, false]);
  });
  it('tells of a type whether there can be anything to mask, where its schema is known', () => {
    const may = ['Seated', 'Pay', 'ring', 'Ordered', 'Retired', ''].map(masks.mayHold);
    assert.deepEqual(may, [true, true, true, false, undefined, undefined]);
  });
  it('tells where it was masked', () => {
    assert.deepEqual(masks.paths(masks.message(envelope)), [
      'mail',
      'data.host.mail',
      'data.host.name',
      'data.host.home.street',
      'data.host.home.number',
    ]);
    assert.deepEqual(masks.paths({ type: 'Ordered', data: { dishes: [{ name: 'a…b' }] } }), []);
    assert.deepEqual(masks.paths({ type: 'Seated', data: { guests: [masked] } }).slice(0, 1), [
      'data.guests.0.mail',
    ]);
    assert.deepEqual(masks.paths({ type: 'Seated', data: { kids: ['…'] } }), ['data.kids.0']);
    assert.deepEqual(masks.paths('…'), []);
  });
});

describe('what is left of a value', () => {
  it('is enough to tell two apart', () => {
    assert.deepEqual(['ada@example.com', '@example.com', 'key_visa', 'T_x', 'Ada', ''].map(maskText), [
      'a…@example.com',
      '…',
      'key_…',
      '…',
      '…',
      '…',
    ]);
    assert.equal(maskText('😀da@x'), '😀…@x');
  });
  it('keeps its shape, and what says nothing', () =>
    assert.deepEqual(maskAll({ a: [1, 'x', true, null] }), { a: ['…', '…', true, null] }));
});

describe('what can be taken back', () => {
  it('has a name for that, and what its key must be', () => {
    assert.equal(Seated.erasure.type, 'SeatedErased');
    assert.equal(Seated.erasure.topic, 'cafe.guests');
    assert.deepEqual(Seated({ table: '1', host: null }).type, 'Seated');
  });
  it('is refused on a topic that forgets nothing', () => {
    const topics = { 'cafe.guests': kept };
    assert.throws(
      () => createCatalogue({ name: 'cafe', topics, messages: [Seated] }),
      /^Error: Seated can be erased, and its topic cafe.guests is not compacted$/,
    );
  });
});
