import {
  catalogue,
  RoomsHeld,
  DepositReturned,
  type BookingId,
  type RoomId,
} from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contextOf, rootContext, toEnvelope } from '../src/to-envelope.ts';
import { newTraceparent, parseTraceparent } from '../src/trace.ts';

const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;
const lines = [{ room: 'R-0001' as RoomId, quantity: 1 }];
const now = new Date('2026-01-01T00:00:00Z');
const amount = { amount: 500, currency: 'EUR' };
const returned = DepositReturned({ bookingId, amount });

describe('an envelope', () => {
  const cause = { id: 'm-1', correlationid: 'story', hops: 3, sagaid: 's-1', traceparent: newTraceparent() };
  it('carries the story on: correlation, causation, saga, trace, one hop more', () => {
    const envelope = toEnvelope(RoomsHeld({ bookingId, lines }), cause, {
      writer: { source: '/rooms', catalogue },
      sequence: 12,
      now,
    });
    assert.equal(envelope.correlationid, 'story');
    assert.equal(envelope.causationid, 'm-1');
    assert.equal(envelope.sagaid, 's-1');
    assert.equal(envelope.hops, 4);
    assert.equal(envelope.sequence, '0000000012');
    assert.equal(envelope.subject, bookingId);
    assert.equal(envelope.dataschema, 'urn:hotel:schemas:RoomsHeld:1.0');
    assert.equal(
      parseTraceparent(envelope.traceparent)?.traceId,
      parseTraceparent(cause.traceparent)?.traceId,
    );
    assert.notEqual(envelope.traceparent, cause.traceparent);
    assert.deepEqual(contextOf(envelope).id, envelope.id);
  });
  it('begins a story at hop 0, caused by nobody', () => {
    const envelope = toEnvelope(RoomsHeld({ bookingId, lines }), rootContext('story', newTraceparent()), {
      writer: { source: '/x', catalogue },
      sequence: 1,
      now,
    });
    assert.equal(envelope.hops, 0);
    assert.equal('causationid' in envelope, false);
  });
  it('refuses to write what the schema does not allow', () => {
    assert.throws(
      () =>
        toEnvelope(RoomsHeld({ bookingId, lines: [] }), cause, {
          writer: { source: '/x', catalogue },
          sequence: 1,
          now,
        }),
      /Too small/,
    );
  });
});

describe('an envelope', () => {
  it('carries what its cause has, and leaves out what it has not', () => {
    const traceparent = newTraceparent();
    const whole = toEnvelope(
      returned,
      { id: 'c', correlationid: 'story', hops: 2, sagaid: 's', traceparent, tracestate: 'a=b' },
      { writer: { source: '/p', catalogue }, sequence: 3, now },
    );
    assert.deepEqual(
      { ...whole, id: '', traceparent: '' },
      {
        specversion: '1.0',
        id: '',
        source: '/p',
        type: 'DepositReturned',
        subject: bookingId,
        time: now.toISOString(),
        datacontenttype: 'application/json',
        dataschema: 'urn:hotel:schemas:DepositReturned:1.0',
        schemaversion: '1.0',
        correlationid: 'story',
        causationid: 'c',
        sequence: '0000000003',
        hops: 3,
        sagaid: 's',
        traceparent: '',
        tracestate: 'a=b',
        data: { bookingId, amount },
      },
    );
    assert.equal(parseTraceparent(whole.traceparent)?.traceId, parseTraceparent(traceparent)?.traceId);
    const bare = toEnvelope(
      returned,
      { correlationid: 'story', hops: -1, traceparent },
      { writer: { source: '/p', catalogue }, sequence: 1, now },
    );
    for (const name of ['causationid', 'sagaid', 'tracestate']) assert.equal(name in bare, false, name);
    assert.deepEqual(contextOf(whole), {
      id: whole.id,
      correlationid: 'story',
      hops: 3,
      sagaid: 's',
      traceparent: whole.traceparent,
      tracestate: 'a=b',
    });
    assert.deepEqual(rootContext('story', traceparent), { correlationid: 'story', hops: -1, traceparent });
  });
  it('keeps of the data what the schema knows', () => {
    const envelope = toEnvelope(
      DepositReturned({ ...returned.data, ...{ more: 1 } }),
      rootContext('s', newTraceparent()),
      {
        writer: { source: '/p', catalogue },
        sequence: 1,
        now,
      },
    );
    assert.deepEqual(envelope.data, { bookingId, amount });
  });
});
