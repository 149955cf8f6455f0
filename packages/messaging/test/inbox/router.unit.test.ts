/** From a record or a local input to an item: who handles it, or why nobody can. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import {
  catalogue,
  KeepRooms,
  RoomsKept,
  BookingRequested,
  DepositReturned,
  ReturnDeposit,
  HoldRooms,
  type BookingId,
} from '@sagakit/testing/bookings';
import type { Message } from '@sagakit/messages/define';
import { createRouter } from '../../src/inbox/router.ts';
import type { RawRecord } from '@sagakit/kafka/record';
import { EFFECTS, resultOf } from '../../src/effects/result.ts';
import { localMessage } from '../../src/incoming.ts';
import { contextOf, rootContext, toEnvelope } from '../../src/to-envelope.ts';
import { newTraceparent } from '../../src/trace.ts';
import type { Aggregate } from '../../src/aggregate/unit.ts';

const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;
const aggregate = (handles: Aggregate['handles'], local?: string[]): Aggregate => ({
  handles,
  ...(local ? { local } : {}),
  load: () => assert.fail('nothing is loaded here'),
});
const hotel = aggregate([KeepRooms, DepositReturned, HoldRooms]);
const money = aggregate([ReturnDeposit], ['Returned', 'Deadline']);
const router = createRouter({ catalogue, consumer: 'rooms', aggregates: [hotel, money] });

const envelopeOf = (message: Message): Envelope =>
  toEnvelope(message, rootContext('story', newTraceparent()), {
    writer: { source: '/sagas', catalogue },
    sequence: 1,
    now: new Date(0),
  });
const recordOf = (message: Envelope | string, topic = 'rooms.commands'): RawRecord => ({
  topic,
  partition: 2,
  offset: '41',
  key: Buffer.from(typeof message === 'string' ? 'k' : message.subject),
  value: Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
  headers: [],
});
const none = (type: string) => assert.fail(`${type} was ignored`);

describe('a record', () => {
  it('goes to the aggregate that handles its type, with its cause and its partition; the inbox knows it by its id', () => {
    for (const [message, owner] of [
      [envelopeOf(KeepRooms({ bookingId })), hotel],
      [envelopeOf(ReturnDeposit({ bookingId })), money],
    ] as const) {
      const record = recordOf(message, catalogue.definitionOf(message.type).topic);
      assert.deepEqual(router.fromRecord(record, none), {
        inbox: { source: '/sagas', id: message.id },
        record,
        incoming: { message, cause: contextOf(message), partition: 2 },
        aggregate: owner,
      });
    }
  });
  it('that cannot be read is refused, and known by its place', () => {
    const record = recordOf('{"half');
    const item = router.fromRecord(record, none);
    assert.equal(item?.refused?.reason, 'not-json');
    assert.equal(item?.record, record);
    assert.match(item?.inbox?.source ?? '', /^kafka:rooms\.commands\/2/);
    assert.match(item?.inbox?.id ?? '', /^41@/);
  });
  it('that cannot be read is another one where anything of it is another: the topic may have been made again', () => {
    const known = (change: Partial<RawRecord>) => {
      const { source, id } = router.fromRecord({ ...recordOf('{"half'), ...change }, none)?.inbox ?? {
        source: '',
        id: '',
      };
      return `${source} ${id}`;
    };
    assert.equal(known({}), known({}));
    const others = [
      { partition: 1 },
      { offset: '42' },
      { key: Buffer.from('l') },
      { key: null },
      { value: Buffer.from('{"hal') },
    ];
    assert.equal(new Set([{}, ...others].map(known)).size, others.length + 1);
  });
  it('that is a command nobody here obeys is refused by name, and known by its id', () => {
    const message = { ...envelopeOf(KeepRooms({ bookingId })), type: 'EatRooms' };
    assert.deepEqual(router.fromRecord(recordOf(message), none)?.refused, {
      reason: 'unknown-command',
      error: 'rooms has no handler for the command EatRooms',
      type: 'EatRooms',
      correlationid: 'story',
    });
    assert.deepEqual(router.fromRecord(recordOf(message), none)?.inbox, { source: '/sagas', id: message.id });
  });
  it('that is an event of no concern leaves no trace but its name; one that the contracts do not know has none', () => {
    const ignored: string[] = [];
    const note = (type: string) => void ignored.push(type);
    const event = envelopeOf(RoomsKept({ bookingId, lines: [] }));
    assert.equal(router.fromRecord(recordOf(event, 'rooms.events'), note), undefined);
    assert.equal(
      router.fromRecord(recordOf({ ...event, type: 'SomethingNew' }, 'rooms.events'), note),
      undefined,
    );
    assert.deepEqual(ignored, ['RoomsKept', 'unknown']);
  });
});

describe('an input of our own', () => {
  const cause = rootContext('story', newTraceparent());
  it('that is the result of a call passes the inbox, by the id of the call: it takes effect once', () => {
    const incoming = resultOf({ id: 'call-1', subject: bookingId, cause }, 'Returned', {}, cause.traceparent);
    assert.deepEqual(router.fromInput(incoming), {
      inbox: { source: EFFECTS, id: 'call-1' },
      incoming,
      aggregate: money,
    });
  });
  it('that is a deadline or a word of an operator needs none: the locked row decides whether it still counts', () => {
    for (const source of ['deadlines', 'operator', '/effects']) {
      const message = localMessage(
        { id: 'd', source, type: 'Deadline', subject: bookingId, data: {} },
        cause,
      );
      assert.deepEqual(router.fromInput({ message, cause }), {
        inbox: undefined,
        incoming: { message, cause },
        aggregate: money,
      });
    }
  });
});

describe('the topics to read', () => {
  it('are those of all messages that the aggregates handle, each once', () => {
    assert.deepEqual(router.topics, ['rooms.commands', 'deposits.events', 'deposits.commands']);
    const own = createRouter({ catalogue, consumer: 'x', aggregates: [aggregate([BookingRequested])] });
    assert.deepEqual(own.topics, ['bookings.events']);
    assert.deepEqual(createRouter({ catalogue, consumer: 'x', aggregates: [] }).topics, []);
  });
});
