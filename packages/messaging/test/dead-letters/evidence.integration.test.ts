/**
 * Parked messages are evidence: byte for byte as received, from a real Kafka to the row, to what an operator
 * sees, and back to Kafka.
 */
import { catalogue, type Topic } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findDeadLetter } from '../../src/dead-letters/dead-letters.ts';
import { lockDeadLetter } from '../../src/replay/changes.ts';
import { headerOf, type RecordHeaders } from '@sagakit/kafka/headers';
import { connect } from '@sagakit/kafka/kafkajs/client';
import { createConsumer } from '@sagakit/kafka/kafkajs/consumer';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { quiet } from '@sagakit/resilience/log';
import type { RawRecord } from '@sagakit/kafka/record';
import { newId } from '@sagakit/resilience/ids';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { never } from '@sagakit/testing/participant';
import { publisherOn } from './publisher-fixture.ts';
import { type Fixture, fixture } from '../runtime-fixture.ts';

const kafka = kafkaAs('test');
const TOPIC = 'guests.events';
const DLQ = 'rooms.dlq';

/** Everything on the topic that has the mark, as the consumer hands it over, once there are so many. */
async function readAll(topic: Topic, mark: string, count: number): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  const consumer = createConsumer({
    partitionCount: 3,
    kafka,
    groupId: `test-${newId()}`,
    topics: [topic],
    onBatch: async (batch) =>
      void records.push(...batch.filter(({ headers }) => headerOf(headers, 'mark') === mark)),
    onDead: (error) => assert.fail(error),
    log: quiet,
  });
  await consumer.start();
  try {
    await eventually(`${count} are read`, () => records.length >= count, {
      withinMs: 20_000,
      seen: () => records.length,
    });
  } finally {
    await consumer.stop();
  }
  return records;
}

const hex = (bytes: Buffer | null | undefined) => bytes?.toString('hex') ?? null;
const headersInHex = (headers: RecordHeaders) => headers.map(([name, content]) => [hex(name), hex(content)]);
const inHex = ({ key, value, headers }: Pick<RawRecord, 'key' | 'value' | 'headers'>) => ({
  key: hex(key),
  value: hex(value),
  headers: headersInHex(headers),
});

describe('a record that is parked', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  it('is byte for byte what was received: in its row, as it is shown, as it is replayed, and on the dead letter topic', async () => {
    const mark = newId();
    const headers: RecordHeaders = [
      [Buffer.from('mark'), Buffer.from(mark)],
      [Buffer.from('bytes'), Buffer.from([0xff, 0xfe, 0x00, 0x80])],
      [Buffer.from('twice'), Buffer.from('a')],
      [Buffer.from('between'), Buffer.from('')],
      [Buffer.from('twice'), Buffer.from('b,c')],
      [Buffer.from('nothing'), null],
      [Buffer.from('__proto__'), Buffer.from('x')],
      [Buffer.from('2'), Buffer.from('a name that is a number keeps its place')],
      [Buffer.from(''), Buffer.from('a name that is empty')],
      [Buffer.from([0xc3, 0x28]), Buffer.from('a name that is not UTF-8')],
    ];
    const bytes = [null, Buffer.alloc(0), Buffer.from([0xff, 0x00])];
    const sent = bytes.flatMap((key) => bytes.map((value) => ({ topic: TOPIC, key, value, headers })));
    await sendRecords(kafka, sent);
    const expected = sent.map(inHex).map((record) => JSON.stringify(record));

    const received = await readAll(TOPIC, mark, sent.length);
    assert.deepEqual(received.map((record) => JSON.stringify(inHex(record))).sort(), expected.toSorted());
    await own.processor.process(received, never);
    const ids = (await own.query<{ id: string }>('select id from dead_letters')).map(({ id }) => id);
    assert.equal(ids.length, sent.length);
    const rows = await Promise.all(
      ids.map(async (id) => (await lockDeadLetter(own.pool, id))?.record as RawRecord),
    );
    assert.deepEqual(rows.map((record) => JSON.stringify(inHex(record))).sort(), expected.toSorted());

    const shown = await Promise.all(ids.map((id) => findDeadLetter(own.pool, id)));
    const base64 = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64'));
    const asShown = shown.map((deadLetter) => ({
      key: base64(deadLetter?.keyBase64 ?? null),
      value: base64(deadLetter?.valueBase64 ?? null),
      headers: (deadLetter?.headers ?? []).map(
        ({ nameBase64, valueBase64 }) => [base64(nameBase64) as Buffer, base64(valueBase64)] as const,
      ),
    }));
    assert.deepEqual(asShown.map((record) => JSON.stringify(inHex(record))).sort(), expected.toSorted());
    assert.deepEqual(shown[0]?.headers[1], {
      name: 'bytes',
      nameBase64: Buffer.from('bytes').toString('base64'),
      value: '\ufffd\ufffd\u0000\ufffd',
      valueBase64: '//4AgA==',
    });

    const publisher = publisherOn(own, createSender(kafka, quiet));
    publisher.start();
    try {
      const copies = await readAll(DLQ, mark, sent.length);
      const asReceived = copies.map((copy) => ({ ...copy, headers: copy.headers.slice(0, headers.length) }));
      assert.deepEqual(asReceived.map((record) => JSON.stringify(inHex(record))).sort(), expected.toSorted());
      for (const { headers: all } of copies) {
        const added = all.slice(headers.length).map(([name]) => String(name));
        assert.deepEqual(
          added,
          ['reason', 'error', 'attempts', 'origin-topic', 'origin-partition', 'origin-offset', 'time'].map(
            (name) => `dlq-${name}`,
          ),
        );
      }
    } finally {
      await publisher.stop();
    }
  });

  it('by the release before has the headers that that one knew', async () => {
    const id = newId();
    await own.query(
      `insert into dead_letters (id, reason, error, attempts, topic, partition, "offset", headers)
       values ($1, 'not-json', '', 1, $2, 0, 0, '{"a":"1","b":"é"}')`,
      [id, TOPIC],
    );
    const record = (await lockDeadLetter(own.pool, id))?.record as RawRecord;
    assert.deepEqual(
      record.headers.map(([name, content]) => [String(name), String(content)]),
      [
        ['a', '1'],
        ['b', 'é'],
      ],
    );
  });

  it('of a topic that was deleted and made again is none of those before', async () => {
    const admin = connect(kafka, quiet).admin();
    await admin.connect();
    const mark = newId();
    const record = { topic: TOPIC, key: mark, value: '{"half', headers: { mark } };
    const six = Array.from({ length: 6 }, () => record);
    const parked = async () =>
      (await own.query(`select from dead_letters where key = convert_to($1, 'UTF8')`, [mark])).length;
    const anew = async () => {
      await admin.deleteTopics({ topics: [TOPIC] });
      await eventually('it is gone', async () => !(await admin.listTopics()).includes(TOPIC));
      await createTopics(kafka, catalogue.topics, quiet);
    };
    try {
      for (const sum of [6, 12]) {
        await anew();
        await sendRecords(kafka, six);
        for (const _delivery of ['first', 'again']) {
          await own.processor.process(await readAll(TOPIC, mark, 6), never);
          assert.equal(await parked(), sum);
        }
      }
    } finally {
      await admin.disconnect();
    }
  });
});
