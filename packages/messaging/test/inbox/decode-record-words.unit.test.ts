/** What an operator reads about a record that is parked, and where the bounds are, to the part. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { event, type MessageDefinition } from '@sagakit/messages/define';
import type { RawRecord } from '@sagakit/kafka/record';
import { z } from 'zod';
import { type Decoded, decodeRecord } from '../../src/inbox/decode-record.ts';

const Cup = z.object({ cup: z.string(), spoons: z.array(z.number()).optional() });
const Filled = event('Filled', 'kitchen.events', Cup, ({ cup }) => cup);
const settings = { writer: 'kitchen', partitions: 1, retentionMs: 1, segmentMs: 1 };
const catalogue = createCatalogue({
  name: 'cafe',
  topics: { 'kitchen.events': settings },
  messages: [Filled],
});
const handled = new Map<string, MessageDefinition>([[Filled.type, Filled]]);

const envelope = {
  specversion: '1.0',
  id: 'm-1',
  source: '/kitchen',
  type: 'Filled',
  subject: 'blue',
  time: '2026-01-01T00:00:00Z',
  correlationid: 'breakfast',
  sequence: '0000000001',
  hops: 0,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  data: { cup: 'blue' } as unknown,
};
const recordOf = (value: Buffer | null, key: string | null): RawRecord => ({
  topic: 'kitchen.events',
  partition: 0,
  offset: '7',
  key: key === null ? null : Buffer.from(key),
  value,
  headers: [],
});
const decode = (
  change: Partial<typeof envelope> & Record<string, unknown>,
  key: string | null = 'blue',
): Decoded =>
  decodeRecord(recordOf(Buffer.from(JSON.stringify({ ...envelope, ...change })), key), handled, catalogue);
const said = (decoded: Decoded): [string, string] | string =>
  decoded.kind === 'unreadable' ? [decoded.reason, decoded.error] : decoded.kind;

describe('what is said of a record that is parked', () => {
  it('names what it is and what it should be', () => {
    assert.equal(said(decode({})), 'message');
    assert.deepEqual(said(decode({}, 'red')), [
      'key-is-not-subject',
      "the record's key is red, the subject blue",
    ]);
    assert.deepEqual(said(decode({}, null)), [
      'key-is-not-subject',
      "the record's key is null, the subject blue",
    ]);
    assert.deepEqual(said(decode({ hops: 65 })), ['too-many-hops', '65 hops, 64 are allowed']);
    const other = 'the data is about red, the subject is blue';
    assert.deepEqual(said(decode({ data: { cup: 'red' } })), ['schema-invalid', other]);
    assert.deepEqual(said(decode({ source: '/bar' })), [
      'wrong-source',
      'a Filled is written by /kitchen, this one by /bar',
    ]);
  });
  it('is what is wrong with the data, or the envelope, and where', () => {
    const number = '✖ Invalid input: expected string, received number\n  → at cup';
    assert.deepEqual(said(decode({ data: { cup: 1 } })), ['schema-invalid', number]);
    const empty = '✖ Too small: expected string to have >=1 characters\n  → at id';
    assert.deepEqual(said(decode({ id: '' })), ['not-an-envelope', empty]);
  });
  it('is the whole of ten faults, and the first ten of more', () => {
    const faults = (count: number) =>
      said(decode({ data: { cup: 'blue', spoons: Array.from({ length: count }, () => 'x') } }));
    const line = (at: number) => `✖ Invalid input: expected number, received string\n  → at spoons[${at}]`;
    const ten = Array.from({ length: 10 }, (_, at) => line(at)).join('\n');
    assert.deepEqual(faults(10), ['schema-invalid', ten]);
    assert.deepEqual(faults(11), ['schema-invalid', `${ten}\nand 1 more`]);
    assert.deepEqual(faults(200), ['schema-invalid', `${ten}\nand 190 more`]);
  });
  it('is not of an attribute that is null; data that is null is data', () => {
    const nothing = '✖ Invalid input: expected object, received null';
    assert.deepEqual(said(decode({ tracestate: null, data: null })), ['schema-invalid', nothing]);
    assert.equal(said(decode({ tracestate: null, dataschema: null })), 'message');
  });
  it('is that it is no JSON where its text is no UTF-8, also inside of a text', () => {
    const bytes = Buffer.from(JSON.stringify({ ...envelope, data: { cup: 'blue', note: '?' } }));
    bytes[bytes.indexOf('?')] = 0xff;
    const [reason] = said(decodeRecord(recordOf(bytes, 'blue'), handled, catalogue));
    assert.equal(reason, 'not-json');
  });
});

describe('the parts of data', () => {
  const of = (count: number) =>
    said(decode({ data: { cup: 'blue', more: Array.from({ length: count - 2 }, () => 1) } }));
  const tooMany = ['too-large', 'its data has more than 20000 parts'];
  it('may be 20,000', () => {
    assert.equal(of(20_000), 'message');
    assert.deepEqual(of(20_001), tooMany);
  });
  it('are not looked at once there are too many, however many there are', () =>
    assert.deepEqual(of(1_000_000), tooMany));
});
