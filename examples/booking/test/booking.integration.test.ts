/**
 * The example runs: two services on a real Kafka and Postgres, a booking that completes, one that is undone
 * and one whose COMMIT was cut.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { createOutboxBuffer } from '@sagakit/messaging/outbox/outbox-buffer';
import { createPool } from '@sagakit/postgres/pool';
import { quiet } from '@sagakit/resilience/log';
import { ANYBODY } from '@sagakit/service-kit/http/auth/access';
import type { RunningService } from '@sagakit/service-kit/service';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaAs, kafkaSettings } from '@sagakit/testing/infrastructure';
import { type Cut, cuttingProxy } from '@sagakit/testing/wire';
import { pino } from 'pino';
import { requestBooking } from '../src/hotel/endpoints.ts';
import { desk } from '../src/desk/service.ts';
import { hotel } from '../src/hotel/service.ts';
import { catalogue } from '../src/messages.ts';

type Step = { name: string; status: string; command?: string; undo?: { command: string } };
type Saga = { saga: string; status: string; why?: { kind: string; reason?: string }; steps: Step[] };

describe('the booking example', () => {
  const databases: { url: string; drop(): Promise<void> }[] = [];
  const running: RunningService[] = [];
  const urls = { hotel: '', desk: '' };
  const databaseUrls = { hotel: '', desk: '' };

  async function start(name: keyof typeof urls, { start: run }: typeof desk): Promise<void> {
    const database = await freshDatabase();
    databases.push(database);
    databaseUrls[name] = database.url;
    const environment = {
      PORT: '0',
      DATABASE_URL: database.url,
      ...kafkaSettings(),
      AUTH: 'off',
      LOG_LEVEL: 'silent',
      SHUTDOWN_DELAY_MS: '0',
    };
    const service = await run(environment, { onDead: (error) => assert.fail(error) });
    running.push(service);
    urls[name] = `http://127.0.0.1:${service.port}`;
    await eventually(`${name} is ready`, async () => (await fetch(`${urls[name]}/health/ready`)).ok, {
      withinMs: 60_000,
    });
  }

  before(async () => {
    await createTopics(kafkaAs('booking'), catalogue.topics, quiet);
    await Promise.all([start('hotel', hotel), start('desk', desk)]);
  });
  after(async () => {
    await Promise.all(running.map((service) => service.stop()));
    await Promise.all(databases.map(({ drop }) => drop()));
  });

  const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

  /** Asks for a room, and returns once the saga of that booking has ended. */
  async function book(wanted: { room: number; guests: number }) {
    const response = await fetch(`${urls.hotel}/bookings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wanted),
    });
    const { bookingId } = (await response.json()) as { bookingId: string };
    assert.equal(response.status, 202);
    const saga = await eventually('the saga ends', async () => {
      const found = await get<Saga>(`${urls.desk}/sagas/${bookingId}`);
      return /^(completed|compensated)$/.test(found.status) && found;
    });
    const { status, room } = await get<{ status: string; room: string }>(
      `${urls.hotel}/bookings/${bookingId}`,
    );
    return { saga, booking: { status, room } };
  }

  it('confirms what the hotel can give', async () => {
    const { saga, booking } = await book({ room: 101, guests: 2 });
    assert.deepEqual(booking, { status: 'confirmed', room: 'held' });
    assert.deepEqual([saga.saga, saga.status], ['book-a-room', 'completed']);
    assert.deepEqual(
      saga.steps.map(({ name, status, command }) => [name, status, command]),
      [
        ['hold-room', 'done', 'HoldRoom'],
        ['plan-breakfast', 'done', 'PlanBreakfast'],
        ['confirm-booking', 'done', 'ConfirmBooking'],
      ],
    );
  });

  it('undoes what was done when a later step is refused: the room is free again', async () => {
    const { saga, booking } = await book({ room: 102, guests: 9 });
    assert.deepEqual(booking, { status: 'rejected', room: 'freed' });
    assert.deepEqual([saga.status, saga.why], ['compensated', { kind: 'refused', reason: 'kitchen-full' }]);
    assert.deepEqual(
      saga.steps.map(({ name, status, undo }) => [name, status, undo?.command]),
      [
        ['hold-room', 'undone', 'FreeRoom'],
        ['plan-breakfast', 'refused', undefined],
      ],
    );
  });

  it('says by its own name what it measures, and names its messages', async () => {
    const metrics = await (await fetch(`${urls.desk}/metrics`)).text();
    assert.match(metrics, /^booking_sagas_ended_total\{.*saga="book-a-room".*\} 1$/m);
    const openApi = await get<{ info: { title: string }; paths: object }>(`${urls.desk}/openapi.json`);
    assert.equal(openApi.info.title, 'booking desk');
    assert.ok('/sagas/{bookingId}' in openApi.paths);
  });

  for (const cut of ['before', 'after'] as const)
    it(`takes a request once whose connection is cut ${cut} its COMMIT`, async () => {
      const cuts: Cut[] = [cut];
      const proxy = await cuttingProxy(databaseUrls.hotel, cuts);
      const log = pino({ level: 'silent' });
      const pool = createPool({ address: proxy.url, service: 'test', max: 2 }, log);
      const parts = { pool, writer: { source: '/hotel', catalogue }, outbox: createOutboxBuffer() };
      const body = { room: 103, guests: 2 };
      const { status, body: answer } = await requestBooking(parts)
        .handle({ caller: ANYBODY, params: {}, query: {}, headers: {}, body })
        .finally(() => pool.end())
        .finally(proxy.close);
      assert.deepEqual([status, cuts], [202, []]);
      const { bookingId } = answer as { bookingId: string };
      await eventually('the saga begins', async () => (await fetch(`${urls.desk}/sagas/${bookingId}`)).ok);
    });
});
