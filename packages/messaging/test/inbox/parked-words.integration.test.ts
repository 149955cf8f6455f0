/** What the log says of a message that PostgreSQL refuses: its words quote the value. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { event } from '@sagakit/messages/define';
import { personal } from '@sagakit/messages/personal';
import { quiet } from '@sagakit/resilience/log';
import { messagesOf, type Participant, participant } from '@sagakit/testing/participant';
import { z } from 'zod';
import type { Aggregate } from '../../src/aggregate/unit.ts';

const subject = ({ table }: { table: string }) => table;
const Seated = event(
  'Seated',
  'cafe.events',
  z.object({ table: z.string(), name: personal(z.string()) }),
  subject,
);
const Cooked = event('Cooked', 'cafe.events', z.object({ table: z.string(), dish: z.string() }), subject);
const catalogue = createCatalogue({
  name: 'cafe',
  topics: { 'cafe.events': { writer: 'cafe', partitions: 1, retentionMs: 1, segmentMs: 1 } },
  messages: [Seated, Cooked],
});
const { envelopeOf, recordOf } = messagesOf(catalogue);

/** It takes what it is told for a uuid. */
const careless: Aggregate = {
  handles: [Seated, Cooked],
  async load(tx, incoming) {
    for (const { message } of incoming) {
      const { name, dish } = message.data as { name?: string; dish?: string };
      await tx.query('select $1::uuid', [name ?? dish]);
    }
    return { handle: () => ({ messages: [], effects: [] }), save: () => [] };
  },
};

describe('the log of a parked message', () => {
  type Line = Record<string, unknown>;
  const lines: Line[] = [];
  const log = {
    ...quiet,
    error: (fields: object, message: string) => void lines.push({ ...fields, message }),
  };
  let own: Participant;
  before(async () => {
    own = await participant({ catalogue, consumer: 'test', aggregates: [careless], log });
  });
  after(() => own.close());

  const parked = async (...records: Parameters<Participant['process']>): Promise<Line> => {
    lines.length = 0;
    await own.process(...records);
    const [line = {}, ...more] = lines;
    assert.deepEqual([line['message'], more], ['message parked', []]);
    return line;
  };

  it('has none of the words that may quote what is personal, and all by which it can be looked up', async () => {
    const message = envelopeOf(Seated({ table: '7', name: 'Ada Lovelace' }));
    const record = recordOf(message);
    const { deadLetterId, ...line } = await parked(record);
    const [stored] = await own.query<{ id: string; error: string }>('select id, error from dead_letters');
    assert.match(stored?.error ?? '', /invalid input syntax for type uuid: "Ada Lovelace"/);
    assert.equal(deadLetterId, stored?.id);
    assert.deepEqual(line, {
      reason: 'data-error',
      code: '22P02',
      error: 'data-error; its words are withheld: they may quote what is personal or secret',
      type: 'Seated',
      correlationId: message.correlationid,
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      message: 'message parked',
    });
  });
  it('says what is wrong with a message in which nothing is marked', async () => {
    const { error, code } = await parked(recordOf(envelopeOf(Cooked({ table: '8', dish: 'Soup' }))));
    assert.match(String(error), /invalid input syntax for type uuid: "Soup"/);
    assert.equal(code, '22P02');
  });
  it('has none of the words about what no schema describes', async () => {
    const { error, code } = await parked(recordOf('{"half'));
    assert.match(String(error), /^not-json; its words are withheld/);
    assert.equal(code, undefined);
  });
});
