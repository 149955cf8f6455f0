/** Wherever a schema has a mark it is followed, or the start is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { event } from '../src/define.ts';
import { masksOf, personal, secret } from '../src/personal.ts';

describe('a mark is followed', () => {
  /** The masks of one message with that data. */
  const masksBy = (schema: z.ZodType) =>
    masksOf({
      schemas: 'urn:cafe:schemas',
      messages: new Map([['Told', event('Told', 'cafe.events', schema as z.ZodType<object>, () => '1')]]),
    });
  /** The data as it is shown, and as it is kept where somebody looks for a name before anything is parsed. */
  function shown(schema: z.ZodType, data: object): unknown {
    const masks = masksBy(schema);
    const message = { type: 'Told', data };
    const text = JSON.stringify(message);
    const seen = masks.data('Told', data);
    assert.deepEqual(JSON.parse(masks.text(text)), { ...message, data: seen });
    assert.deepEqual(JSON.parse(masks.json(text, message)), { ...message, data: seen });
    return seen;
  }
  const Name = personal(z.string());
  const Guest = z.object({ mail: Name, table: z.string() });
  const ada = { mail: 'ada@example.com', table: '1' };
  const masked = { mail: 'a…@example.com', table: '1' };

  it('into the values of a record', () => {
    const Kept = z.object({ names: z.record(z.string(), Name), guests: z.record(z.string(), Guest) });
    const data = { names: { first: 'Ada' }, guests: { '1': ada } };
    assert.deepEqual(shown(Kept, data), { names: { first: '…' }, guests: { '1': masked } });
    assert.deepEqual(
      masksBy(Kept)
        .paths({ type: 'Told', data: shown(Kept, data) })
        .slice(0, 2),
      ['data.names.first', 'data.guests.1.mail'],
    );
    assert.ok(
      masksBy(Kept).names.has('names'),
      'a log hides all of it, since its fields may be called anything',
    );
  });
  it('into what else an object may hold, which hides all of it', () =>
    assert.deepEqual(
      shown(z.object({ of: z.object({ table: z.string() }).catchall(Name) }), { of: { table: '1' } }),
      {
        of: { table: '…' },
      },
    ));
  it('into tuples, whose places are as hidden as one of them', () => {
    const Kept = z.object({ pair: z.tuple([z.string(), Name]), rest: z.tuple([Guest], z.int()) });
    assert.deepEqual(shown(Kept, { pair: ['1', 'Ada'], rest: [ada, 7] }), {
      pair: ['…', '…'],
      rest: [masked, 7],
    });
  });
  it('into lists, which are found by what they are called', () =>
    assert.deepEqual(shown(z.object({ guests: z.array(Name) }), { guests: ['Ada'] }), { guests: ['…'] }));
  it('into a schema that has an id, also where it holds itself', () => {
    const Person = z
      .object({
        called: Name,
        get friends() {
          return z.array(Person).optional();
        },
      })
      .meta({ id: 'Person' });
    const kim = { called: 'Kim', friends: [{ called: 'Bob' }] };
    const hidden = { called: '…', friends: [{ called: '…' }] };
    assert.deepEqual(shown(z.object({ one: Person, two: Person }), { one: kim, two: kim }), {
      one: hidden,
      two: hidden,
    });
    assert.deepEqual(shown(Person, kim), hidden);
  });
  it('into every variant of a union: what one of them hides is hidden', () => {
    const by = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('guest'), is: Name, at: z.object({ home: Name }) }),
      z.object({
        kind: z.literal('table'),
        is: z.string(),
        at: z.object({ home: z.string(), row: z.int() }),
      }),
    ]);
    const data = { by: { kind: 'guest', is: 'Ada', at: { home: 'Main Street', row: 7 } } };
    assert.deepEqual(shown(z.object({ by }), data), {
      by: { kind: 'guest', is: '…', at: { home: '…', row: 7 } },
    });
  });
  it('to all of the data', () =>
    assert.deepEqual(shown(personal(z.object({ table: z.string() })), { table: 'Ada' }), { table: '…' }));
  it('to a name of any letters', () => {
    const odd = { 'first(name': 'Ada', 'a.b': 'Ada', 'say "hi"': 'Ada', 'c:\\': 'Ada' };
    const schema = z.object(Object.fromEntries(Object.keys(odd).map((name) => [name, Name])));
    for (const name of Object.keys(odd)) assert.deepEqual(shown(schema, { [name]: 'Ada' }), { [name]: '…' });
    assert.equal(
      masksBy(schema).text('{"type":"Told","data":{"aXb":1}} '),
      '{"type":"Told","data":{"aXb":1}} ',
    );
  });
  it('or refused, with its place: the names of a record are not masked', () => {
    assert.throws(
      () => masksBy(z.object({ seats: z.record(Name, z.int()) })),
      /^Error: Told: the mark at \/properties\/seats\/propertyNames cannot be followed: nothing would be masked there$/,
    );
    const request = { name: 'the request of ring', schema: z.record(secret(z.string()), z.int()) };
    assert.throws(
      () => masksOf({ schemas: '', messages: new Map() }, [request]),
      /^Error: the request of ring: the mark at \/propertyNames /,
    );
  });
  it('and is none where it is an example or a default', () => {
    const schema = z.object({
      default: z
        .string()
        .default('no')
        .meta({ examples: [{ personal: true }] }),
      flags: z.object({ secret: z.boolean() }).default({ secret: true }),
    });
    assert.deepEqual(shown(schema, { default: 'x', flags: { secret: true } }), {
      default: 'x',
      flags: { secret: true },
    });
  });
});
