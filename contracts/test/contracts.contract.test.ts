/**
 * The golden samples are what others built upon: they must stay readable, and say all that the contract
 * promises.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Envelope } from '@sagakit/messages/envelope';
import { dataSchemaOf } from '@sagakit/messages/catalogue';
import { catalogue } from '../src/catalogue.ts';
import { jsonSchemaOf } from '@sagakit/messages/json-schema';
import type { Topic } from '../src/system.ts';
import { TOPICS } from '../src/topics.ts';

const folder = (name: string) => new URL(`../${name}/`, import.meta.url);
const read = (name: string, type: string) =>
  JSON.parse(readFileSync(new URL(`${type}.json`, folder(name)), 'utf8')) as unknown;

describe('golden samples', () => {
  for (const [type, definition] of catalogue.messages) {
    it(`${type} can be read`, () => {
      const envelope = Envelope.parse(read('samples', type));
      const data = definition.schema.parse(envelope.data);
      assert.equal(envelope.type, type);
      assert.equal(envelope.subject, definition.subjectOf(data));
      assert.equal(envelope.dataschema, dataSchemaOf(catalogue, definition));
      assert.deepEqual(data, envelope.data, 'a field of the sample is not in the schema');
    });
    it(`${type} is refused without any one of its fields`, () => {
      const { data } = Envelope.parse(read('samples', type));
      for (const field of Object.keys(data as object)) {
        const { [field]: _, ...rest } = data as Record<string, unknown>;
        const optional = definition.schema.safeParse(rest).success;
        assert.equal(optional, false, `${field} could be left out`);
      }
    });
    it(`${type} with a field more is read, and the field ignored`, () => {
      const { data } = Envelope.parse(read('samples', type));
      assert.deepEqual(definition.schema.parse({ ...(data as object), somethingNew: 1 }), data);
    });
  }
  it('there is none too many', () => {
    const names = readdirSync(folder('samples')).map((file) => file.replace('.json', ''));
    assert.deepEqual(names.sort(), [...catalogue.messages.keys()].sort());
  });
});

describe('JSON Schemas', () => {
  for (const [type, definition] of catalogue.messages) {
    it(`${type}: schemas/${type}.json is up to date (npm run schemas writes it)`, () => {
      assert.ok(existsSync(new URL(`${type}.json`, folder('schemas'))), 'run: npm run schemas');
      assert.deepEqual(
        read('schemas', type),
        JSON.parse(JSON.stringify(jsonSchemaOf(catalogue, definition))),
      );
    });
  }
});

describe('topics', () => {
  it('that are keyed by order id have the same number of partitions', () => {
    const byOrder = (Object.keys(TOPICS) as Topic[]).filter((topic) =>
      /[.](commands|events|contacts)$/.test(topic),
    );
    assert.equal(new Set(byOrder.map((topic) => TOPICS[topic].partitions)).size, 1);
    assert.ok(byOrder.length >= 8);
  });
  it('keep products for ever', () => {
    const { compacted, retentionMs, partitions } = TOPICS['inventory.products'];
    assert.deepEqual(
      { compacted, retentionMs, partitions },
      { compacted: true, retentionMs: -1, partitions: 1 },
    );
  });
  it('keep contacts until they are erased, and forget those within a day', () => {
    const { writer, ...own } = TOPICS['order.contacts'];
    const [day, partitions] = [86_400_000, TOPICS['order.events'].partitions];
    assert.equal(writer, 'order');
    assert.deepEqual(own, {
      partitions,
      compacted: true,
      forgetsWithinMs: day,
      retentionMs: -1,
      segmentMs: day,
    });
  });
  it('keep messages for a week, and dead letters, of up to 4 MiB, for thirty days; segments are of a day', () => {
    const day = 86_400_000;
    for (const [name, { writer, ...own }] of Object.entries(TOPICS)) {
      if (own.compacted) continue;
      const deadLetters = {
        partitions: 1,
        retentionMs: 30 * day,
        segmentMs: day,
        maxMessageBytes: 4_194_304,
      };
      const byOrder = { partitions: 3, retentionMs: 7 * day, segmentMs: day };
      assert.deepEqual(own, name === `${writer}.dlq` ? deadLetters : byOrder, name);
    }
  });
  it('carry every message of the contract', () => {
    for (const { type, topic, kind } of catalogue.messages.values()) {
      assert.ok(topic in TOPICS, `${type} goes to ${topic}, which does not exist`);
      assert.equal(topic.endsWith('.commands'), kind === 'command', `${type} is a ${kind} on ${topic}`);
    }
  });
});

describe('personal data', () => {
  const marked = (schema: unknown, mark: 'personal' | 'secret', path = ''): string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    const own = (schema as Record<string, unknown>)[mark] === true ? [path] : [];
    return [
      ...own,
      ...Object.entries(schema).flatMap(([name, inner]) => marked(inner, mark, `${path}/${name}`)),
    ];
  };
  const of = (mark: 'personal' | 'secret') =>
    [...catalogue.messages.values()].flatMap((definition) =>
      marked(jsonSchemaOf(catalogue, definition), mark).map(
        (path) => `${definition.type} ${path.replaceAll('/properties', '')}`,
      ),
    );
  it('is in ContactProvided alone', () =>
    assert.deepEqual(of('personal'), [
      'ContactProvided /contact',
      'ContactProvided /contact/email',
      'ContactProvided /contact/name',
      'ContactProvided /contact/address',
    ]));
  it('and card tokens are where the order and its payment are asked for', () =>
    assert.deepEqual(of('secret'), ['OrderPlaced /payment/token', 'ProcessPayment /token']));
  it('can be taken back', () => {
    const erasable = [...catalogue.messages.values()].filter(({ erasure }) => erasure);
    assert.deepEqual(
      erasable.map(({ type, erasure }) => [type, erasure?.type, erasure?.topic]),
      [['ContactProvided', 'ContactProvidedErased', 'order.contacts']],
    );
    const key = erasable[0]?.erasure?.key;
    assert.equal(key?.safeParse('01a1fd09-c38c-726c-9a7f-d4f8a78eb850').success, true);
    assert.equal(key?.safeParse('customer-1').success, false);
  });
});

describe('commands', () => {
  const commands = [...catalogue.messages.values()].filter(({ kind }) => kind === 'command');
  it('are there', () => assert.ok(commands.length >= 8));
  for (const definition of commands) {
    it(`${definition.type} is answered by events of its participant`, () => {
      assert.ok('replies' in definition);
      const replies = definition.replies as string[];
      assert.ok(replies.length > 0);
      const owner = definition.topic.split('.')[0];
      for (const reply of replies) assert.equal(catalogue.messages.get(reply)?.topic, `${owner}.events`);
    });
  }
});
