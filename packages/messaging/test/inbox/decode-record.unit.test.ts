import {
  catalogue,
  ConfirmBooking,
  RoomsHeld,
  BookingConfirmed,
  type BookingId,
} from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headersFrom } from '@sagakit/kafka/headers';
import type { RawRecord } from '@sagakit/kafka/record';
import { decodeRecord } from '../../src/inbox/decode-record.ts';
import { rootContext, toEnvelope } from '../../src/to-envelope.ts';
import { newTraceparent } from '../../src/trace.ts';

const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;
const message = toEnvelope(
  ConfirmBooking({ bookingId, depositId: 'd_1' }),
  rootContext('story', newTraceparent()),
  {
    writer: { source: '/sagas', catalogue },
    sequence: 3,
    now: new Date(),
  },
);
const definitions = new Map([[ConfirmBooking.type, ConfirmBooking]]);

function record(value: unknown, key: string | null = bookingId): RawRecord {
  const bytes =
    value === null
      ? null
      : Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return {
    topic: 'bookings.commands',
    partition: 0,
    offset: '7',
    key: key === null ? null : Buffer.from(key),
    value: bytes,
    headers: [],
  };
}

function reasonOf(value: unknown, key: string | null = bookingId): string {
  const opened = decodeRecord(record(value, key), definitions, catalogue);
  return opened.kind === 'unreadable' ? opened.reason : opened.kind;
}

describe('a record', () => {
  it('that fits is a message', () => {
    const opened = decodeRecord(record(message), definitions, catalogue);
    assert.equal(opened.kind, 'message');
    assert.deepEqual(opened.kind === 'message' && opened.message.data, { bookingId, depositId: 'd_1' });
  });
  it('that is no JSON is parked as such', () => {
    assert.equal(reasonOf('{"half'), 'not-json');
    assert.equal(reasonOf(''), 'not-json');
    assert.equal(reasonOf(null), 'not-json');
    assert.equal(reasonOf(Buffer.from([0xff, 0xfe, 0x00])), 'not-json');
  });
  it('that is JSON but no envelope is parked as such', () => {
    assert.equal(reasonOf([]), 'not-an-envelope');
    assert.equal(reasonOf(null === null ? 'null' : ''), 'not-an-envelope');
    assert.equal(reasonOf({ ...message, hops: 'many' }), 'not-an-envelope');
    assert.equal(reasonOf({ ...message, traceparent: 'x' }), 'not-an-envelope');
    assert.equal(reasonOf({ ...message, id: '' }), 'not-an-envelope');
  });
  it('whose data does not fit is parked as such', () => {
    assert.equal(reasonOf({ ...message, data: { bookingId } }), 'schema-invalid');
    assert.equal(reasonOf({ ...message, data: { bookingId: 'no uuid', depositId: 'p' } }), 'schema-invalid');
  });
  it('whose data is about another booking than its subject is parked', () => {
    const other = '01900000-0000-7000-8000-000000000002';
    assert.equal(reasonOf({ ...message, data: { bookingId: other, depositId: 'p' } }), 'schema-invalid');
  });
  it('whose key is not its subject is parked', () => {
    assert.equal(reasonOf(message, 'another key'), 'key-is-not-subject');
    assert.equal(reasonOf(message, null), 'key-is-not-subject');
  });
  it('that went round too often is parked', () => {
    assert.equal(reasonOf({ ...message, hops: 64 }), 'message');
    assert.equal(reasonOf({ ...message, hops: 65 }), 'too-many-hops');
  });
  it('with a command that nobody handles is left to the caller', () => {
    assert.equal(reasonOf({ ...message, type: 'SomethingNew' }), 'unknown-command');
  });
  it('with fields that nobody knows is read', () => {
    assert.equal(reasonOf({ ...message, newextension: 'x', data: { ...message.data, later: 1 } }), 'message');
  });
});

/** A reader of `bookings.events` that cares for BookingConfirmed alone. */
const events = new Map<string, typeof BookingConfirmed>([[BookingConfirmed.type, BookingConfirmed]]);
const confirmed = toEnvelope(
  BookingConfirmed({ bookingId, depositId: 'd_1' }),
  rootContext('story', newTraceparent()),
  {
    writer: { source: '/bookings', catalogue },
    sequence: 2,
    now: new Date(),
  },
);

function onEvents(value: unknown, change: Partial<RawRecord> = {}): string {
  const opened = decodeRecord({ ...record(value), topic: 'bookings.events', ...change }, events, catalogue);
  return opened.kind === 'unreadable' ? opened.reason : opened.kind;
}

describe('an event of a type that the service does not handle is ignored by its name alone', () => {
  const stranger = { ...confirmed, type: 'LoyaltyPointsGranted' };
  const { traceparent: _, hops: __, correlationid: ___, sequence: ____, ...without } = stranger;
  const odd: [string, unknown, Partial<RawRecord>?][] = [
    ['with a media type that is not ours', { ...stranger, datacontenttype: 'application/avro' }],
    [
      'with parameters in its media type',
      { ...stranger, datacontenttype: 'application/json; charset=utf-8' },
    ],
    ['without our extensions', without],
    ['without a subject', { ...without, subject: undefined }],
    ['without data', { ...without, data: undefined }],
    ['with data in base64', { ...without, data: undefined, data_base64: '/w==' }],
    ['with an extension that is a number', { ...stranger, sequence: 7, partition: 3 }],
    ['with an extension that is a boolean', { ...stranger, sampled: true }],
    ['of another version of CloudEvents', { ...stranger, specversion: '0.3' }],
    ['with nothing but its type', { type: 'LoyaltyPointsGranted' }],
    ['with a time that is none', { ...stranger, time: 'yesterday' }],
    ['that went round too often', { ...stranger, hops: 1_000 }],
    ['whose key is not its subject', stranger, { key: Buffer.from('another') }],
    ['without a key', stranger, { key: null }],
    ['with a name that is a word of JavaScript', { ...without, type: '__proto__' }],
    [
      'in binary mode',
      Buffer.from([0xff, 0, 1]),
      { headers: headersFrom({ ce_specversion: '1.0', ce_type: 'LoyaltyPointsGranted' }) },
    ],
    [
      'in binary mode, with a type in its data',
      { type: 'BookingConfirmed' },
      { headers: headersFrom({ ce_specversion: '1.0', ce_type: 'X' }) },
    ],
    [
      'in binary mode, without a value',
      null,
      { headers: headersFrom({ ce_specversion: '1.0', ce_type: 'LoyaltyPointsGranted' }) },
    ],
  ];
  for (const [how, value, change] of odd) it(how, () => assert.equal(onEvents(value, change), 'ignored'));
  it('also one of the contract that is for others, however broken', () => {
    assert.equal(onEvents({ type: 'BookingRejected', hops: 'many' }), 'ignored');
  });
  it('but not a record without a name', () => {
    assert.equal(onEvents({ ...stranger, type: '' }), 'not-an-envelope');
    assert.equal(onEvents({ ...stranger, type: 7 }), 'not-an-envelope');
    assert.equal(onEvents([stranger]), 'not-an-envelope');
    assert.equal(onEvents(Buffer.from([0xff]), { headers: headersFrom({ ce_type: 'X' }) }), 'not-json');
  });
  it('but not one in binary mode that says it is ours', () => {
    assert.equal(
      onEvents(null, { headers: headersFrom({ ce_specversion: '1.0', ce_type: 'BookingConfirmed' }) }),
      'not-json',
    );
  });
});

describe('an event of ours', () => {
  it('may be odd in what CloudEvents leaves open', () => {
    for (const change of [
      { datacontenttype: 'application/json; charset=utf-8' },
      { datacontenttype: 'Application/JSON;charset=UTF-8' },
      { datacontenttype: 'application/json ; a="b;c"' },
      { datacontenttype: null, dataschema: null, causationid: null, tracestate: null },
      { datacontenttype: undefined },
      { dataschema: 'https://example.com/schemas/booking?v=1#confirmed' },
      { time: '2026-01-01t02:00:00.123456789+02:00' },
      { time: '2026-01-01T00:00:00z' },
      { partition: 3, sampled: true, com_example: 'x' },
    ]) {
      assert.equal(onEvents({ ...confirmed, ...change }), 'message', JSON.stringify(change));
    }
  });
  it('is still one in JSON', () => {
    for (const datacontenttype of [
      'application/jsonx',
      'text/plain',
      'application/json charset=utf-8',
      'x/application/json',
      7,
    ]) {
      assert.equal(onEvents({ ...confirmed, datacontenttype }), 'not-an-envelope', String(datacontenttype));
    }
    for (const required of [
      'id',
      'source',
      'subject',
      'time',
      'correlationid',
      'sequence',
      'hops',
      'traceparent',
    ]) {
      assert.equal(onEvents({ ...confirmed, [required]: null }), 'not-an-envelope', required);
    }
  });
  it('on another topic than its own is parked, handled here or not', () => {
    const error = 'a BookingConfirmed belongs on bookings.events, this one is on deposits.events';
    const stray = decodeRecord({ ...record(confirmed), topic: 'deposits.events' }, events, catalogue);
    assert.deepEqual(stray.kind === 'unreadable' && [stray.reason, stray.error], ['wrong-topic', error]);
    const reserved = {
      ...confirmed,
      type: RoomsHeld.type,
      data: { bookingId, lines: [{ room: 'R-0001', quantity: 1 }] },
    };
    assert.equal(onEvents({ ...reserved, source: '/rooms' }), 'wrong-topic');
    assert.equal(onEvents(message), 'wrong-topic', 'a command among events');
    assert.equal(reasonOf(confirmed), 'wrong-topic', 'an event among commands');
  });
  it('from another source than its topic has is parked', () => {
    assert.equal(onEvents({ ...confirmed, source: '/deposits' }), 'wrong-source');
    assert.equal(onEvents({ ...confirmed, source: '/Bookings' }), 'wrong-source');
    assert.equal(reasonOf({ ...message, source: '/bookings' }), 'wrong-source');
  });
});

describe('what costs more to look at than any message is worth', () => {
  const tooLarge = (value: unknown) =>
    decodeRecord({ ...record(value), topic: 'bookings.events' }, events, catalogue);
  it('is not looked at: what the reader before has refused, whatever it says', () => {
    const refused = { reason: 'too-large', error: 'as large as that' } as const;
    const opened = decodeRecord(
      { ...record(confirmed), topic: 'bookings.events', refused },
      events,
      catalogue,
    );
    assert.deepEqual(opened, { kind: 'unreadable', ...refused });
  });
  it('is refused: data of many parts, wide or deep', () => {
    const parts = [
      Array.from({ length: 25_000 }, () => 1),
      Array.from({ length: 160 }, () => Array.from({ length: 160 }, () => 1)),
      Object.fromEntries(Array.from({ length: 25_000 }, (_, at) => [`k${at}`, at])),
    ];
    for (const more of parts) {
      const opened = tooLarge({ ...confirmed, data: { ...confirmed.data, more } });
      assert.equal(opened.kind === 'unreadable' && opened.reason, 'too-large');
    }
    const text = JSON.stringify({ ...confirmed, data: 0 }).replace(
      '"data":0',
      `"data":${'['.repeat(25_000)}${']'.repeat(25_000)}`,
    );
    const opened = decodeRecord(
      { ...record(confirmed), value: Buffer.from(text), topic: 'bookings.events' },
      events,
      catalogue,
    );
    assert.equal(opened.kind === 'unreadable' && opened.reason, 'too-large');
  });
  it('a long text is one part, and a type that is not ours is ignored however large', () => {
    assert.equal(
      onEvents({ ...confirmed, data: { ...confirmed.data, more: 'x'.repeat(500_000) } }),
      'message',
    );
    assert.equal(onEvents({ type: 'Other', data: Array.from({ length: 50_000 }, () => 1) }), 'ignored');
  });
  it('tells the first few of many things that are wrong', () => {
    const definitions = new Map<string, typeof RoomsHeld>([[RoomsHeld.type, RoomsHeld]]);
    const lines = Array.from({ length: 9_000 }, () => ({ room: 1 }));
    const value = { ...confirmed, type: RoomsHeld.type, source: '/rooms', data: { bookingId, lines } };
    const opened = decodeRecord({ ...record(value), topic: 'rooms.events' }, definitions, catalogue);
    assert.equal(opened.kind === 'unreadable' && opened.reason, 'schema-invalid');
    assert.match(opened.kind === 'unreadable' ? opened.error : '', /and \d+ more$/);
    assert.ok(opened.kind === 'unreadable' && opened.error.length < 1_500);
  });
});
