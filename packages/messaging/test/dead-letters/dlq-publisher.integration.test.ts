/** The copies of dead letters, from a real Postgres to a real Kafka. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headersFrom, type RecordHeaders } from '@sagakit/kafka/headers';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import type { OutgoingRecord, RecordSender } from '@sagakit/kafka/port';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { type Fixture, fixture } from '../runtime-fixture.ts';
import { publisherOn } from './publisher-fixture.ts';

/** Parks it. */
const rubbish = (own: Fixture, value: string, offset: string) =>
  own.process({
    topic: 'rooms.commands',
    partition: 0,
    offset,
    key: null,
    value: Buffer.from(value),
    headers: [],
  });

describe('the copies of dead letters', () => {
  it('puts a copy of each on the dead letter topic, as received', async () => {
    const own = await fixture();
    const sent: OutgoingRecord[] = [];
    const publisher = publisherOn(own, {
      send: async (records) => void sent.push(...records),
      stop: async () => {},
    });
    const record = {
      topic: 'rooms.commands',
      partition: 2,
      offset: '41',
      key: Buffer.from('k'),
      value: Buffer.from('{"half'),
      headers: headersFrom({ own: 'header', 'dlq-reason': 'forged' }),
    };
    await own.processor.process([record], new AbortController().signal);
    publisher.start();
    try {
      await eventually('the copy is sent', () => sent.length === 1);
      assert.equal(sent[0]?.topic, 'rooms.dlq');
      assert.equal(String(sent[0]?.value), '{"half');
      const headers = (sent[0]?.headers as RecordHeaders).map(([name, content]) => [
        String(name),
        String(content),
      ]);
      assert.deepEqual(
        headers.filter(([name]) => name !== 'dlq-error' && name !== 'dlq-time'),
        [
          ['own', 'header'],
          ['dlq-reason', 'forged'],
          ['dlq-reason', 'not-json'],
          ['dlq-attempts', '1'],
          ['dlq-origin-topic', 'rooms.commands'],
          ['dlq-origin-partition', '2'],
          ['dlq-origin-offset', '41'],
        ],
      );
    } finally {
      await publisher.stop();
      await own.close();
    }
  });

  it('are sent by the replica that leads alone, at once when it is woken, in the order in which they were parked', async () => {
    const own = await fixture();
    const sent: string[] = [];
    let [leads, asked] = [false, 0];
    const sender: RecordSender = {
      send: async (records) => void sent.push(...records.map(({ value }) => String(value))),
      stop: async () => {},
    };
    const asks = () => {
      asked++;
      return leads;
    };
    // By itself it would not look again in time.
    const publisher = publisherOn(own, sender, { leads: asks, everyMs: 600_000 });
    publisher.start();
    try {
      for (const [at, value] of ['{"a', '{"b', '{"c'].entries()) await rubbish(own, value, `6${at}`);
      await eventually('it has asked whether it leads', () => asked === 1);
      publisher.wake();
      await eventually('it has asked again', () => asked === 2);
      assert.deepEqual(sent, []);
      leads = true;
      publisher.wake();
      await eventually('they are sent', () => sent.length === 3);
      assert.deepEqual(sent, ['{"a', '{"b', '{"c']);
      await eventually(
        'it waits',
        async () => (await own.query('select from dead_letters where copied_at is null')).length === 0,
      );
      await rubbish(own, '{"d', '63');
      publisher.wake();
      await eventually('the next is sent', () => sent.length === 4);
    } finally {
      await publisher.stop();
      await own.close();
    }
  });

  it('are sent in the order in which they were parked also where one batch parked many at once', async () => {
    const own = await fixture();
    const sent: string[] = [];
    const publisher = publisherOn(own, {
      send: async (records) => void sent.push(...records.map(({ value }) => String(value))),
      stop: async () => {},
    });
    // More than are read at once.
    const values = Array.from({ length: 120 }, (_, at) => `{"${at}`);
    const record = { topic: 'rooms.commands', partition: 0, key: null, headers: [] };
    await own.processor.process(
      values.map((value, at) => ({ ...record, offset: String(at), value: Buffer.from(value) })),
      new AbortController().signal,
    );
    const moments = await own.query('select distinct parked_at from dead_letters');
    assert.equal(moments.length, 1, 'they were not parked at once');
    // As rows are stored that went where others had been: in another order.
    await own.pool.query(`with gone as (delete from dead_letters returning *)
      insert into dead_letters overriding system value select * from gone order by place desc`);
    publisher.start();
    try {
      await eventually('all are sent', () => sent.length === values.length);
      assert.deepEqual(sent, values);
    } finally {
      await publisher.stop();
      await own.close();
    }
  });

  it('say nothing of what may have to be taken back: from there it could not be', async () => {
    const own = await fixture();
    const sent: OutgoingRecord[] = [];
    const sender: RecordSender = {
      send: async (records) => void sent.push(...records),
      stop: async () => {},
    };
    await rubbish(own, '{"ada@example.com', '65');
    const publisher = publisherOn(own, sender, { isPersonal: (topic) => topic === 'rooms.commands' });
    publisher.start();
    try {
      await eventually('it is sent', () => sent.length === 1);
      const [copy] = sent as [OutgoingRecord];
      assert.equal(copy.value, null);
      const headers = String((copy.headers as RecordHeaders).flat());
      assert.match(headers, /dlq-reason,not-json,dlq-error,not-json; what it said is withheld/);
      assert.doesNotMatch(headers, /ada@/);
    } finally {
      await publisher.stop();
      await own.close();
    }
  });

  it('are sent again after the broker was away, and none is lost', async () => {
    const own = await fixture();
    const sent: string[] = [];
    let [away, tried] = [true, 0];
    const publisher = publisherOn(own, {
      async send(records) {
        tried++;
        if (away) throw new Error('no broker');
        sent.push(...records.map(({ value }) => String(value)));
      },
      stop: async () => {},
    });
    await rubbish(own, '{"a', '70');
    publisher.start();
    try {
      await eventually('it was tried', () => tried > 0);
      away = false;
      publisher.wake();
      await eventually('it is sent', () => sent.length > 0);
      assert.deepEqual(sent, ['{"a']);
    } finally {
      await publisher.stop();
      await own.close();
    }
  });

  it('sets one aside that the broker refuses for good, and sends those before and behind it', async () => {
    const own = await fixture();
    const record = { topic: 'rooms.commands', partition: 0, key: null, headers: [] };
    const five = 5 * 1024 * 1024; // the topic of dead letters takes 4 MiB
    await own.processor.process(
      ['{"first', Buffer.alloc(five, 'x'), '{"third'].map((value, at) => ({
        ...record,
        offset: `5${at}`,
        value: Buffer.from(value),
      })),
      new AbortController().signal,
    );
    const publisher = publisherOn(own, createSender(kafkaAs('test'), quiet));
    publisher.start();
    try {
      await eventually('nothing is left to copy', async () => {
        const left = await own.query('select from dead_letters where copied_at is null');
        return left.length === 0;
      });
      const refused = await own.query<{ size: number; copy_error: string }>(
        'select length(value) as size, copy_error from dead_letters where copy_error is not null',
      );
      assert.deepEqual(
        refused.map(({ size }) => size),
        [five],
      );
      assert.match(refused[0]?.copy_error ?? '', /larger than the max message size/);
    } finally {
      await publisher.stop();
      await own.close();
    }
  });
});
