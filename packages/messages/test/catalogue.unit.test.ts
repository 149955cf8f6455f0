/** A system of two services, as small as one can be: what its catalogue says of its messages and topics. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createCatalogue, dataSchemaOf } from '../src/catalogue.ts';
import { command, event, type MessageDefinition } from '../src/define.ts';
import { jsonSchemaOf } from '../src/json-schema.ts';

const Data = z.object({ cup: z.string() });
const byCup = ({ cup }: { cup: string }) => cup;
const Filled = event('Filled', 'kitchen.events', Data, byCup);
const Refused = event('Refused', 'kitchen.events', Data, byCup);
const Emptied = event('Emptied', 'kitchen.events', Data, byCup);
const Seen = event('Seen', 'kitchen.events', Data, byCup);
const Fill = command('Fill', 'kitchen.commands', Data, byCup, [Filled, Refused]);
const Empty = command('Empty', 'kitchen.commands', Data, byCup, [Emptied], { undo: true });

const topics = {
  'kitchen.events': { writer: 'kitchen', partitions: 3, retentionMs: 700, segmentMs: 100 },
  'kitchen.commands': { writer: 'waiter', partitions: 3, retentionMs: 50, segmentMs: 5 },
  'kitchen.menu': { writer: 'kitchen', partitions: 1, compacted: true, retentionMs: -1, segmentMs: 100 },
} as const;
const made = (...messages: MessageDefinition[]) => createCatalogue({ name: 'cafe', topics, messages });
const catalogue = made(Filled, Refused, Emptied, Seen, Fill, Empty);

describe('a catalogue', () => {
  it('has the definitions by their types and the settings by their topics, and no others', () => {
    assert.deepEqual(
      [...catalogue.messages.keys()],
      ['Filled', 'Refused', 'Emptied', 'Seen', 'Fill', 'Empty'],
    );
    assert.equal(catalogue.definitionOf('Fill'), Fill);
    assert.equal(catalogue.settingsOf('kitchen.menu'), topics['kitchen.menu']);
    assert.deepEqual([...catalogue.topics], Object.entries(topics));
    assert.throws(() => catalogue.definitionOf('Fried'), /^Error: the catalogue has no message Fried$/);
    assert.throws(() => catalogue.settingsOf('cellar'), /^Error: the catalogue has no topic cellar$/);
  });
  it('says which events answer a command, and which answer any', () => {
    assert.deepEqual(catalogue.repliesTo('Fill'), ['Filled', 'Refused']);
    for (const other of ['Filled', 'Fried']) assert.deepEqual(catalogue.repliesTo(other), []);
    const replies = ['Filled', 'Refused', 'Emptied', 'Seen', 'Fill', 'Fried'].filter((type) =>
      catalogue.isReply(type),
    );
    assert.deepEqual(replies, ['Filled', 'Refused', 'Emptied']);
  });
  it('says which commands take something back', () => {
    assert.deepEqual(
      ['Fill', 'Empty', 'Emptied', 'Fried'].map((type) => catalogue.isUndo(type)),
      [false, true, false, false],
    );
  });
  it('knows who writes a topic, and how old its records grow', () => {
    assert.deepEqual(
      [catalogue.sourceOf('kitchen.events'), catalogue.sourceOf('kitchen.commands')],
      ['/kitchen', '/waiter'],
    );
    const ages = ['kitchen.events', 'kitchen.commands', 'kitchen.menu'].map((topic) =>
      catalogue.recordsLiveMs(topic),
    );
    assert.deepEqual(ages, [800, 55, undefined]);
    for (const ask of [catalogue.sourceOf, catalogue.recordsLiveMs])
      assert.throws(() => ask('cellar'), /no topic cellar/);
  });
  it('is refused with two messages of one type, or one on a topic that is not there', () => {
    assert.throws(
      () => made(Filled, event('Filled', 'kitchen.commands', Data, byCup)),
      /^Error: two messages are called Filled$/,
    );
    const lost = event('Lost', 'cellar', Data, byCup);
    assert.throws(() => made(lost), /^Error: Lost is on the topic cellar, which is not in the catalogue$/);
  });
  it('names the schema of a message, for itself and for readers in other languages', () => {
    assert.equal(dataSchemaOf(catalogue, Fill), 'urn:cafe:schemas:Fill:1.0');
    assert.deepEqual(jsonSchemaOf(catalogue, Fill), {
      $id: 'urn:cafe:schemas:Fill:1.0',
      title: 'Fill',
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { cup: { type: 'string' } },
      required: ['cup'],
    });
  });
});

describe('a definition', () => {
  it('makes messages of its kind, a command with the names of its replies', () => {
    assert.deepEqual(Filled({ cup: 'a' }), { type: 'Filled', data: { cup: 'a' } });
    assert.deepEqual(Fill({ cup: 'a' }), {
      type: 'Fill',
      data: { cup: 'a' },
      replies: ['Filled', 'Refused'],
    });
  });
  it('says what it is', () => {
    const said = ({ type, kind, topic, version, schema, subjectOf }: MessageDefinition) => ({
      type,
      kind,
      topic,
      version,
      schema,
      subjectOf,
    });
    const shared = { version: '1.0', schema: Data, subjectOf: byCup };
    assert.deepEqual(said(Filled), { type: 'Filled', kind: 'event', topic: 'kitchen.events', ...shared });
    assert.deepEqual(said(Empty), { type: 'Empty', kind: 'command', topic: 'kitchen.commands', ...shared });
    assert.deepEqual([Fill.replies, Fill.undo, Empty.undo], [['Filled', 'Refused'], false, true]);
  });
});
