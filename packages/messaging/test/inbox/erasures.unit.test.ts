/** A record without a value: what it is taken for, and who decides about it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headersFrom } from '@sagakit/kafka/headers';
import type { RawRecord } from '@sagakit/kafka/record';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { erasableEvent, event, type MessageDefinition } from '@sagakit/messages/define';
import { column } from '@sagakit/postgres/table';
import { notingTx } from '@sagakit/testing/sql';
import { z } from 'zod';
import { aggregate } from '../../src/aggregate/aggregate.ts';
import { decide, ignore } from '../../src/aggregate/decision.ts';
import { table } from '../../src/aggregate/table.ts';
import { createRouter } from '../../src/inbox/router.ts';
import { appendErasures, erase } from '../../src/outbox/erasures.ts';
import type { StoredMessage } from '../../src/outbox/outbox.ts';
import { createOutboxBuffer } from '../../src/outbox/outbox-buffer.ts';
import { parseTraceparent } from '../../src/trace.ts';

const Key = z.string().regex(/^[a-z]+$/);
const Data = z.object({ cup: z.string() });
const byCup = ({ cup }: { cup: string }) => cup;
const Lent = erasableEvent('Lent', 'kitchen.lent', Data, byCup, Key);
const Filled = event('Filled', 'kitchen.events', Data, byCup);
const kept = { writer: 'kitchen', partitions: 1, retentionMs: 1, segmentMs: 1 };
const catalogue = createCatalogue({
  name: 'cafe',
  topics: { 'kitchen.events': kept, 'kitchen.lent': { ...kept, compacted: true } },
  messages: [Lent, Filled],
});
type State = { lent: boolean };
const cups = table({
  name: 'cups',
  key: ['cup', column.text()],
  columns: { lent: column.boolean() },
  toColumns: (state: State) => state,
  toState: ({ lent }): State => ({ lent }),
  replies: false,
});
const erased: (readonly string[])[] = [];
const declared = aggregate({ table: cups })
  .on(Lent, () => decide<State>({ lent: true }))
  .on(Filled, () => ignore('of no concern'));
const whole = declared.onErased(
  Lent,
  (state) => (state?.lent ? decide<State>({ lent: false }) : ignore('never lent')),
  (keys) => {
    erased.push(keys);
    return [];
  },
);
const writer = { source: '/kitchen', catalogue };
const bound = whole.bind(writer);
const router = createRouter({ catalogue, consumer: 'kitchen', aggregates: [bound] });
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const cause = { correlationid: 'story', traceparent, hops: 0 };

const tombstone = (change: Partial<RawRecord> = {}): RawRecord => ({
  topic: 'kitchen.lent',
  partition: 2,
  offset: '7',
  key: Buffer.from('blue'),
  value: null,
  headers: headersFrom({ 'correlation-id': 'story', traceparent }),
  timestamp: '1700000000000',
  ...change,
});
const routed = (record: RawRecord) => router.fromRecord(record, () => {});

describe('a record without a value, on a topic whose messages can be taken back', () => {
  it('is an input of its own, about its key, in the story that its headers name', () => {
    const item = routed(tombstone());
    assert.ok(item && !item.refused);
    assert.equal(item.erases, true);
    const { message, cause: own, partition } = item.incoming;
    assert.deepEqual(
      [message.type, message.source, message.subject, message.correlationid, message.traceparent, partition],
      ['LentErased', '/kitchen', 'blue', 'story', traceparent, 2],
    );
    assert.deepEqual([own.id, own.hops], [undefined, -1], 'what follows names no message as its cause');
    assert.deepEqual(item.inbox, routed(tombstone())?.inbox, 'delivered again it is the same');
    assert.notDeepEqual(item.inbox, routed(tombstone({ offset: '8' }))?.inbox);
  });
  it('needs no headers, and believes none that is not right', () => {
    for (const headers of [
      [],
      headersFrom({ 'correlation-id': '', traceparent: 'none' }),
      headersFrom({ 'correlation-id': 'a\u0000b', traceparent: `${traceparent}0` }),
    ]) {
      const item = routed(tombstone({ headers }));
      assert.ok(item && !item.refused);
      assert.equal(item.incoming.message.correlationid, 'blue');
      assert.ok(parseTraceparent(item.incoming.message.traceparent));
    }
  });
  it('is parked if its key is none', () => {
    for (const key of [null, Buffer.from(''), Buffer.from('BLUE'), Buffer.from([0xff])]) {
      const item = routed(tombstone({ key }));
      assert.equal(item?.refused?.reason, 'key-is-not-subject');
      assert.equal(item.refused.type, 'LentErased');
    }
  });
  it('is nothing that a message with that name could be', () => {
    const value = JSON.stringify({ type: 'LentErased', data: {} });
    assert.equal(routed(tombstone({ value: Buffer.from(value) })), undefined);
  });
  it('elsewhere is no JSON, as ever', () => {
    assert.equal(routed(tombstone({ topic: 'kitchen.events' }))?.refused?.reason, 'not-json');
    assert.equal(routed(tombstone({ value: Buffer.from('') }))?.refused?.reason, 'not-json');
  });
});

describe('what was said and is taken back', () => {
  it('is decided about, and what else is to be forgotten is told the keys', async () => {
    const items = ['blue', 'red', 'blue'].map((cup, at) =>
      routed(tombstone({ key: Buffer.from(cup), offset: String(at) })),
    );
    const inputs = items.map((item) => (item && !item.refused ? item.incoming : assert.fail()));
    const { tx } = notingTx([{ cup: 'blue', version: 1, sequence: 1, lent: true }]);
    const loaded = await bound.load(tx, inputs);
    const outcomes = inputs.map((input) => loaded.handle(input, new Date()));
    assert.deepEqual(
      outcomes.map(({ ignored }) => ignored),
      [undefined, 'never lent', 'never lent'],
    );
    const [save] = loaded.save();
    assert.deepEqual(JSON.parse(String(save?.values[0])), [
      { cup: 'blue', version: 2, sequence: 1, lent: false },
    ]);
    assert.deepEqual(erased, [['blue']]);
  });
  it('must be decided about by whoever hears it', () =>
    assert.throws(
      () => declared.bind(writer),
      /^Error: nobody decides what it means that a Lent is taken back \(onErased\)$/,
    ));
});

describe('a message of which a reader says that it is of no concern', () => {
  it('is ignored before anything else of it is looked at', () => {
    const reader: MessageDefinition = {
      ...Filled,
      schema: Data,
      concerns: (data) => typeof data === 'object' && data !== null && 'hot' in data,
    };
    const picky = createRouter({
      catalogue,
      consumer: 'kitchen',
      aggregates: [
        aggregate({ table: cups })
          .on(reader, () => ignore('cold'))
          .bind(writer),
      ],
    });
    const ignored: string[] = [];
    const of = (data: unknown) =>
      picky.fromRecord(
        {
          ...tombstone({ topic: 'kitchen.events' }),
          value: Buffer.from(JSON.stringify({ type: 'Filled', data })),
        },
        (type) => ignored.push(type),
      );
    for (const data of [{ cup: 'blue' }, null, 7, undefined]) assert.equal(of(data), undefined);
    assert.deepEqual(ignored, ['Filled', 'Filled', 'Filled', 'Filled']);
    assert.equal(of({ hot: true })?.refused?.reason, 'not-an-envelope');
  });
});

describe('to take something back', () => {
  it('is a row without a message, which the relay of the process is handed', () => {
    const two = ['blue', 'red'].map((cup) => erase(Lent, cup, cause, writer));
    const head = (subject: string) => ({
      type: 'LentErased',
      source: '/kitchen',
      subject,
      correlationid: 'story',
      traceparent,
    });
    assert.deepEqual(two, [
      { topic: 'kitchen.lent', head: head('blue') },
      { topic: 'kitchen.lent', head: head('red') },
    ]);
    const handed: [string, StoredMessage][] = [];
    const [statement] = appendErasures(two, {
      ...createOutboxBuffer(),
      add: (id, message) => handed.push([id, message]),
    });
    assert.equal(statement?.name, 'outbox-append-erasures');
    assert.deepEqual(statement.values, [
      ['kitchen.lent', 'kitchen.lent'],
      ['blue', 'red'],
      [JSON.stringify(head('blue')), JSON.stringify(head('red'))],
    ]);
    statement.onRows?.([{ id: '3' }, { id: '4' }] as never[]);
    assert.deepEqual(handed, [
      ['3', { topic: 'kitchen.lent', envelope: head('blue'), json: null }],
      ['4', { topic: 'kitchen.lent', envelope: head('red'), json: null }],
    ]);
    assert.doesNotThrow(() => appendErasures(two)[0]?.onRows?.([{ id: '1' }] as never[]));
    assert.deepEqual(appendErasures([]), []);
  });
});
