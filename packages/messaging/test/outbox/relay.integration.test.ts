/** The relay on a real Postgres and a real Kafka. */
import { catalogue, RoomsKept, type BookingId, type RoomId } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quiet } from '@sagakit/resilience/log';
import type { Envelope } from '@sagakit/messages/envelope';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import type { RecordSender } from '@sagakit/kafka/port';
import { tailTopics } from '@sagakit/kafka/admin/tail';
import { appendErasures, erase } from '../../src/outbox/erasures.ts';
import { appendToOutbox } from '../../src/outbox/outbox.ts';
import { rootContext, toEnvelope } from '../../src/to-envelope.ts';
import { newTraceparent } from '../../src/trace.ts';
import { withTransaction } from '@sagakit/postgres/transaction';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import pg from 'pg';
import { z } from 'zod';
import { messages, outboxIsEmpty, relayOn } from './relay-fixture.ts';
import { fixture, someBooking } from '../runtime-fixture.ts';

describe('the relay', () => {
  it('sends what is committed in order, and leaves nothing behind', async () => {
    const own = await fixture();
    const connection = kafkaAs('test');
    const bookings = Array.from({ length: 5 }, someBooking);
    const received: Envelope[] = [];
    const tail = await tailTopics(connection, {
      topics: ['rooms.events'],
      fromBeginning: false,
      log: quiet,
      onMessage: ({ message }) =>
        message && bookings.includes(message.subject as BookingId) && received.push(message),
    });
    const relay = relayOn(own, createSender(connection, quiet));
    relay.start();
    try {
      await Promise.all(
        bookings.map(async (bookingId) => {
          for (const [at, message] of messages(bookingId, 20).entries()) {
            // Some handed over to the relay of the process, and some as another replica writes them.
            const outbox = at % 3 === 0 ? undefined : relay.outbox;
            await withTransaction(own.pool, (tx) => tx.commit(appendToOutbox(catalogue, [message], outbox)));
            if (!outbox) relay.wake();
          }
        }),
      );
      await eventually('all are received', () => received.length >= 100);
      await outboxIsEmpty(own);
      const inOrder = Array.from({ length: 20 }, (_, at) => at + 1);
      for (const bookingId of bookings) {
        const sequence = received
          .filter(({ subject }) => subject === bookingId)
          .map((message) => Number(message.sequence));
        assert.deepEqual(sequence, inOrder);
      }
    } finally {
      await relay.stop();
      await tail.stop();
      await own.close();
    }
  });

  it('sends what takes something back: without a value, after what it takes back, whoever wrote it', async () => {
    const own = await fixture();
    const sent: { key: unknown; value: unknown; headers: unknown }[] = [];
    const relay = relayOn(own, {
      send: async (records) => void sent.push(...records),
      stop: async () => {},
    });
    relay.start();
    try {
      const erasure = { type: 'RoomListedErased', topic: 'rooms.list', key: z.string() };
      const traceparent = newTraceparent();
      const back = (room: string) =>
        erase({ erasure }, room, rootContext('story', traceparent), { source: '/rooms', catalogue });
      const said = messages(someBooking(), 1);
      // By this process, and as another replica writes it.
      for (const outbox of [relay.outbox, undefined]) {
        await withTransaction(own.pool, (tx) =>
          tx.commit([
            ...appendToOutbox(catalogue, said, outbox),
            ...appendErasures([back(outbox ? 'own' : 'other')], outbox),
          ]),
        );
        if (!outbox) relay.wake();
      }
      await outboxIsEmpty(own);
      const [first] = said;
      assert.deepEqual(
        sent.map(({ key }) => key),
        [first?.subject, 'own', first?.subject, 'other'],
      );
      for (const [at, room] of [
        [1, 'own'],
        [3, 'other'],
      ] as const) {
        assert.deepEqual(sent[at], {
          topic: 'rooms.list',
          key: room,
          value: null,
          headers: {
            'content-type': 'application/cloudevents+json',
            'event-type': 'RoomListedErased',
            source: '/rooms',
            'correlation-id': 'story',
            traceparent,
          },
        });
      }
    } finally {
      await relay.stop();
      await own.close();
    }
  });

  it('keeps rows that could not be sent, and sends them when it can', async () => {
    const own = await fixture();
    let away = true;
    let tried = 0;
    const sent: number[] = [];
    const sender: RecordSender = {
      async send(records) {
        tried++;
        if (away) throw new Error('the broker is away');
        sent.push(records.length);
      },
      stop: async () => {},
    };
    const relay = relayOn(own, sender);
    relay.start();
    try {
      await withTransaction(own.pool, (tx) =>
        tx.commit(appendToOutbox(catalogue, messages(someBooking(), 3))),
      );
      relay.wake();
      await eventually('it has tried twice', () => tried >= 2);
      assert.equal((await own.query('select from outbox')).length, 3);
      away = false;
      await outboxIsEmpty(own);
      assert.deepEqual(sent, [3]);
    } finally {
      await relay.stop();
      await own.close();
    }
  });

  it('sends a row that commits late, after rows with higher ids were sent', async () => {
    const own = await fixture();
    const sent: string[] = [];
    const relay = relayOn(own, {
      send: async (records) => void sent.push(...records.map(({ key }) => String(key))),
      stop: async () => {},
    });
    relay.start();
    const late = new pg.Client({ connectionString: own.url });
    await late.connect();
    try {
      const [first, second] = [someBooking(), someBooking()];
      await late.query('begin');
      for (const statement of appendToOutbox(catalogue, messages(first, 1))) await late.query(statement);
      await withTransaction(own.pool, (tx) => tx.commit(appendToOutbox(catalogue, messages(second, 1))));
      relay.wake();
      await eventually('the later id is sent', () => sent.includes(second));
      await late.query('commit');
      relay.wake();
      await eventually('the earlier id is sent too', () => sent.includes(first));
    } finally {
      await late.end();
      await relay.stop();
      await own.close();
    }
  });

  it("sends what another replica wrote before this process' next message of the same subject, though nobody told of it", async () => {
    const own = await fixture();
    const sent: unknown[] = [];
    const relay = relayOn(own, {
      send: async (records) =>
        void sent.push(...records.map(({ value }) => (JSON.parse(String(value)) as Envelope).id)),
      stop: async () => {},
    });
    relay.start();
    try {
      await eventually('it leads', () => relay.leads());
      const written = messages(someBooking(), 6);
      const ids = written.map(({ id }) => id);
      for (const [at, message] of written.entries()) {
        const outbox = at % 2 === 0 ? undefined : relay.outbox;
        await withTransaction(own.pool, (tx) => tx.commit(appendToOutbox(catalogue, [message], outbox)));
      }
      await outboxIsEmpty(own);
      assert.deepEqual(sent, ids);
    } finally {
      await relay.stop();
      await own.close();
    }
  });

  it('sends a backlog that is larger than one batch may be', async () => {
    const own = await fixture();
    const connection = kafkaAs('test');
    const bookingId = someBooking();
    const hundredLines = Array.from({ length: 100 }, (_, at) => ({
      room: `R-${1_000 + at}` as RoomId,
      quantity: 1,
    }));
    const large = Array.from({ length: 400 }, (_, at) =>
      toEnvelope(RoomsKept({ bookingId, lines: hundredLines }), rootContext('story', newTraceparent()), {
        writer: { source: '/rooms', catalogue },
        sequence: at + 1,
        now: new Date(),
      }),
    );
    assert.ok(
      JSON.stringify(large).length > 1_300_000,
      'all of them go to one partition, which takes 1 MiB at once',
    );
    await withTransaction(own.pool, (tx) => tx.commit(appendToOutbox(catalogue, large)));
    const relay = relayOn(own, createSender(connection, quiet));
    relay.start();
    try {
      await outboxIsEmpty(own);
    } finally {
      await relay.stop();
      await own.close();
    }
  });
});
