/** When a step has timed out, and when not: on a real Postgres, the consumer's view of Kafka played. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { BookingId } from '@sagakit/testing/bookings';
import type { Background } from '@sagakit/resilience/background';
import type { BatchConsumer } from '@sagakit/kafka/port';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import type { Participant } from '@sagakit/testing/participant';
import { expireDeadlines } from '../src/deadlines.ts';
import { definitionsWith } from './definitions.ts';
import { begin, openDesk } from './desk.ts';

/** Longer than it takes to judge where nothing stands against it. */
const LONG_MS = 2_500;

describe('a step', () => {
  let own: Participant;
  /** What the consumer would say. */
  let seen: { readAgoMs: number; backSince: number; partitions: Set<number> };
  let background: Background;

  before(async () => {
    own = await openDesk(definitionsWith(100));
  });
  after(() => own.close());
  beforeEach(async () => {
    seen = { readAgoMs: 0, backSince: -Infinity, partitions: new Set([0]) };
    const consumer: Pick<BatchConsumer, 'readAgoMs' | 'backSince' | 'partitions'> = {
      readAgoMs: () => seen.readAgoMs,
      backSince: () => seen.backSince,
      partitions: () => seen.partitions,
    };
    background = expireDeadlines({
      definitions: definitionsWith(),
      pool: own.pool,
      processor: own.processor,
      consumer,
      everyMs: 100,
      log: quiet,
    });
    await own.query('delete from deadlines');
  });

  /** A booking whose first command is due soon, and is sent already. */
  async function waiting(): Promise<BookingId> {
    const bookingId = await begin(own);
    await own.query('delete from outbox');
    return bookingId;
  }
  const statusOf = async (bookingId: BookingId) =>
    (await own.query<{ status: string }>('select status from sagas where booking_id = $1', [bookingId]))[0]
      ?.status;
  const judged = (bookingId: BookingId) =>
    eventually('it has timed out', async () => (await statusOf(bookingId)) === 'compensating', {
      withinMs: 10_000,
    });

  async function notWhile(bookingId: BookingId, mend: () => unknown): Promise<void> {
    background.start();
    try {
      await delay(LONG_MS);
      assert.equal(await statusOf(bookingId), 'running');
      await mend();
      await judged(bookingId);
    } finally {
      await background.stop();
    }
  }

  it('is judged where nothing stands against it', async () => {
    const bookingId = await waiting();
    background.start();
    await judged(bookingId);
    await background.stop();
  });

  it('is not judged while replies may lie unread', async () => {
    const bookingId = await waiting();
    seen.readAgoMs = Infinity;
    await notWhile(bookingId, () => (seen.readAgoMs = 0));
  });

  it('is not judged while what was written before the deadline may lie unread', async () => {
    const bookingId = await waiting();
    seen.readAgoMs = 60_000;
    await notWhile(bookingId, () => (seen.readAgoMs = 1_000));
  });

  it('is judged if it was over before what may lie unread was written', async () => {
    const bookingId = await waiting();
    await own.query(`update deadlines set due_at = now() - interval '2 minutes' where booking_id = $1`, [
      bookingId,
    ]);
    seen.readAgoMs = 60_000;
    background.start();
    await judged(bookingId).finally(() => background.stop());
  });

  it('is not judged while our own question may not have been sent', async () => {
    const bookingId = await waiting();
    await own.query(
      `insert into outbox (topic, key, message, created_at) values ('bookings.commands', 'k', '{}', now() - interval '5 seconds')`,
    );
    await notWhile(bookingId, () => own.query('delete from outbox'));
  });

  it("is not judged in another replica's partitions", async () => {
    const bookingId = await waiting();
    seen.partitions = new Set([1, 2]);
    await notWhile(bookingId, () => (seen.partitions = new Set([0])));
  });

  it('is not judged for a while after the broker was away', async () => {
    const bookingId = await waiting();
    seen.backSince = performance.now();
    await notWhile(bookingId, () => (seen.backSince = -Infinity));
  });
});
