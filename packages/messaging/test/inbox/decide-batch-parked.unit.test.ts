/** What cannot be decided is parked, and holds those of its key; and what the spans say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trace } from '@opentelemetry/api';
import type { Envelope } from '@sagakit/messages/envelope';
import { KeepRooms, FreeRooms } from '@sagakit/testing/bookings';
import { nameOf } from '../../src/dead-letters/blocked-keys.ts';
import { type DecideOptions, decideBatch, describeError, refusalOf } from '../../src/inbox/decide-batch.ts';
import { IncompatibleReleaseError } from '../../src/aggregate/decision.ts';
import { contextOf } from '../../src/to-envelope.ts';
import { newTraceparent } from '../../src/trace.ts';
import {
  decideWith,
  envelope,
  type Handle,
  itemOf,
  localItem,
  nothing,
  OPTIONS,
  booking,
  refusedItem,
  aggregateOf,
} from './batch.ts';

describe('what cannot be decided', () => {
  const throwing =
    (error: unknown, of: (message: Envelope) => boolean = () => true): Handle =>
    ({ message }) => {
      if (of(message)) throw error;
      return nothing;
    };

  it('is parked with its bytes and its reason, and its neighbours go on', () => {
    const [bad, good] = [envelope(booking()), envelope(booking())];
    const { decisions, items } = decideWith(
      throwing(new RangeError('too much'), ({ id }) => id === bad.id),
      [bad, good],
    );
    assert.deepEqual(
      decisions.outcomes.map(({ incoming }) => incoming.message.id),
      [good.id],
    );
    const [{ id, ...deadLetter } = { id: '' }] = decisions.parked;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(deadLetter, {
      attempts: 1,
      record: items[0]?.record,
      inbox: { source: bad.source, id: bad.id },
      reason: 'decision-failed',
      error: 'RangeError: too much',
      type: 'KeepRooms',
      correlationid: 'story',
    });
    assert.deepEqual(decisions.blocked.map(nameOf), [`rooms.commands\n${bad.subject}`]);
  });
  it('holds those of its key that come later, in order, untried; of other keys and other topics none', () => {
    const [bookingId, other] = [booking(), booking()];
    const { aggregate, unit, seen } = aggregateOf(
      throwing(new Error('x'), ({ subject }) => subject === bookingId),
    );
    const items = [
      itemOf(aggregate, envelope(bookingId)),
      itemOf(aggregate, envelope(other)),
      itemOf(aggregate, envelope(bookingId)),
      itemOf(aggregate, envelope(bookingId), { topic: 'bookings.events' }),
    ];
    const { parked, outcomes, blocked } = decideBatch(items, new Map([[aggregate, unit]]), OPTIONS);
    assert.deepEqual(
      parked.map(({ reason, attempts, record }) => [reason, attempts, record.topic]),
      [
        ['decision-failed', 1, 'rooms.commands'],
        ['waits-behind', 0, 'rooms.commands'],
        ['decision-failed', 1, 'bookings.events'],
      ],
    );
    assert.equal(
      parked[1]?.error,
      'an earlier message of its key is parked and must be replayed or discarded first',
    );
    assert.deepEqual([parked[1]?.type, parked[1]?.correlationid], ['KeepRooms', 'story']);
    assert.equal(seen.length, 3);
    assert.equal(outcomes.length, 1);
    assert.equal(blocked.length, 2);
  });
  it('was parked in an earlier batch: what comes now waits behind it too', () => {
    const message = envelope(booking());
    const key = { topic: 'rooms.commands', key: Buffer.from(message.subject) };
    const { decisions, seen } = decideWith(() => nothing, [message], { blocked: new Set([nameOf(key)]) });
    assert.deepEqual(
      decisions.parked.map(({ reason }) => reason),
      ['waits-behind'],
    );
    assert.equal(seen.length, 0);
    assert.deepEqual(decisions.blocked.map(nameOf), [nameOf(key)]);
  });
  it('is waited for by no undo', () => {
    const bookingId = booking();
    const handle = throwing(new Error('x'), ({ type }) => type === KeepRooms.type);
    const { decisions } = decideWith(handle, [envelope(bookingId), envelope(bookingId, FreeRooms)]);
    assert.deepEqual(
      decisions.outcomes.map(({ incoming }) => incoming.message.type),
      ['FreeRooms'],
    );
  });
  it('was refused when it was read: parked as it was refused, its place is no id that can come again', () => {
    const item = refusedItem();
    const { parked, blocked } = decideBatch([item], new Map(), OPTIONS);
    const [{ reason, error, inbox, attempts, type, record }] = parked as [(typeof parked)[number]];
    assert.deepEqual([reason, error, inbox, attempts, type], ['not-json', 'half', undefined, 1, undefined]);
    assert.equal(record, item.record);
    assert.equal(blocked.length, 1);
  });
  it('has no key that a message could have: it holds nobody', () => {
    const { parked, blocked } = decideBatch(
      [refusedItem({ key: null }), refusedItem({ key: Buffer.alloc(0) })],
      new Map(),
      OPTIONS,
    );
    assert.deepEqual([parked.length, blocked.length], [2, 0]);
  });
  it('and is no record is a bug to see: thrown, for there is nothing that could be parked', () => {
    const { aggregate, unit } = aggregateOf(throwing(new RangeError('a bug')));
    assert.throws(
      () => decideBatch([localItem(aggregate, envelope(booking()))], new Map([[aggregate, unit]]), OPTIONS),
      /^RangeError: a bug$/,
    );
    const { record: _, ...refused } = refusedItem();
    assert.throws(() => decideBatch([refused], new Map(), OPTIONS), /^Error: half$/);
  });
  it('here, but by another release, is thrown on: nothing of it is parked', () => {
    assert.throws(
      () => decideWith(throwing(new IncompatibleReleaseError('version 2')), [envelope(booking())]),
      IncompatibleReleaseError,
    );
  });
  it('is told in the words of its error', () => {
    assert.equal(describeError(new TypeError('x is not a function')), 'TypeError: x is not a function');
    assert.equal(describeError('just so'), 'just so');
    const message = envelope(booking());
    assert.deepEqual(refusalOf({ message, cause: contextOf(message) }, 'data-error', 'why'), {
      reason: 'data-error',
      error: 'why',
      type: 'KeepRooms',
      correlationid: 'story',
    });
  });
});

describe('the span of a message', () => {
  type Span = {
    name: string;
    attributes: Record<string, unknown>;
    ended: boolean;
    failed: boolean;
    words?: string;
    links: number;
  };
  const spans: Span[] = [];
  trace.setGlobalTracerProvider({
    getTracer: () =>
      ({
        startSpan(name: string, { attributes, links }: { attributes: object; links?: unknown[] }) {
          const span: Span = {
            ...{ name, attributes: { ...attributes }, links: links?.length ?? 0 },
            ...{ ended: false, failed: false },
          };
          spans.push(span);
          const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
          return {
            spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
            setAttributes: (added: object) => Object.assign(span.attributes, added),
            setStatus: ({ message }: { message: string }) =>
              Object.assign(span, { failed: true, words: message }),
            end: () => (span.ended = true),
          };
        },
      }) as never,
  });
  const sampled = () => newTraceparent().replace(/00$/, '01');
  const spansOf = (handle: Handle, options: Partial<DecideOptions> = {}) => {
    spans.length = 0;
    const { aggregate, unit } = aggregateOf(handle);
    const message = envelope(booking(), KeepRooms, sampled());
    const items = [
      itemOf(aggregate, message),
      localItem(aggregate, envelope(booking(), KeepRooms, sampled())),
    ];
    spans.length = 0;
    const decisions = decideBatch(items, new Map([[aggregate, unit]]), { ...OPTIONS, ...options });
    return { message, items, decisions, shown: spans.slice() };
  };

  it('says whose it is and what was handled, and ends with the transaction', () => {
    const { decisions, shown, message } = spansOf(() => nothing);
    assert.deepEqual(
      shown.map(({ name, ended }) => [name, ended]),
      [
        ['process KeepRooms', false],
        ['process KeepRooms', false],
      ],
    );
    assert.partialDeepStrictEqual(shown[0]?.attributes, {
      'messaging.consumer.group.name': 'test',
      'messaging.message.id': message.id,
      'messaging.destination.name': 'rooms.commands',
    });
    // What is no record was on no topic.
    assert.deepEqual(shown[1]?.attributes, { 'messaging.message.conversation_id': 'story' });
    decisions.end();
    assert.deepEqual(
      shown.map(({ ended }) => ended),
      [true, true],
    );
  });
  it('says why a message was ignored, and nothing of the kind of another', () => {
    const { shown } = spansOf(() => ({ ...nothing, ignored: 'decided-already' }));
    assert.equal(shown[0]?.attributes['hotel.ignored'], 'decided-already');
    assert.equal('hotel.ignored' in (spansOf(() => nothing).shown[0]?.attributes ?? {}), false);
  });
  it('says that a message was parked', () => {
    spans.length = 0;
    const { aggregate, unit } = aggregateOf(() => {
      throw new Error('x');
    });
    const item = itemOf(aggregate, envelope(booking(), KeepRooms, sampled()));
    spans.length = 0;
    decideBatch([item], new Map([[aggregate, unit]]), OPTIONS);
    assert.equal(spans[0]?.attributes['hotel.parked'], 'decision-failed');
  });
  it('says that a message waits behind a parked one, and that one could not be written', () => {
    const { aggregate, unit } = aggregateOf(() => {
      throw new Error('x');
    });
    const subject = booking();
    const items = [0, 1].map(() => itemOf(aggregate, envelope(subject, KeepRooms, sampled())));
    const broken = itemOf(aggregate, envelope(booking(), KeepRooms, sampled()));
    spans.length = 0;
    const refused = refusalOf(broken.incoming, 'data-error', 'y');
    const decisions = decideBatch([...items, { ...broken, refused }], new Map([[aggregate, unit]]), OPTIONS);
    assert.deepEqual(
      spans.map(({ attributes }) => attributes['hotel.parked']),
      ['decision-failed', 'waits-behind', 'data-error'],
    );
    decisions.end(new Error('no COMMIT'));
    assert.ok(spans.every(({ ended, failed }) => ended && failed));
  });
  it('has of what failed no words that quote a value', () => {
    const wordsOf = (failure: unknown) => {
      const { decisions, shown } = spansOf(() => nothing);
      decisions.end(failure);
      return shown[0]?.words;
    };
    const misfit = new Error('invalid input syntax for type uuid: "Ada"');
    assert.match(wordsOf(Object.assign(misfit, { code: '22P02' })) ?? '', /^a value does not fit \(22P02\)/);
    assert.equal(wordsOf(new Error('no COMMIT')), 'no COMMIT');
  });
  it('says that a message was replayed, and is linked to its story', () => {
    const { shown } = spansOf(() => nothing, { mode: 'replayed' });
    assert.deepEqual([shown[0]?.attributes['hotel.replay'], shown[0]?.links], ['replayed', 1]);
  });
});
