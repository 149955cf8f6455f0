/** Which replica's relay sends: one at a time, whatever becomes of the others. */
import { catalogue, type BookingId } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RecordSender } from '@sagakit/kafka/port';
import { appendToOutbox } from '../../src/outbox/outbox.ts';
import { withTransaction } from '@sagakit/postgres/transaction';
import { eventually } from '@sagakit/testing/eventually';
import pg from 'pg';
import { messages, relayOn } from './relay-fixture.ts';
import { fixture, someBooking } from '../runtime-fixture.ts';

describe('the leading relay', () => {
  it('of two replicas one is active; the other is woken by NOTIFY and takes over within seconds', async () => {
    const own = await fixture();
    const by: string[] = [];
    const sender = (name: string): RecordSender => ({
      send: async (records) => void records.forEach(() => by.push(name)),
      stop: async () => {},
    });
    const [a, b] = [relayOn(own, sender('a')), relayOn(own, sender('b'))];
    a.start();
    await eventually('a leads', () => a.leads());
    b.start();
    try {
      await eventually('b has asked to lead', async () => {
        const asked = await own.query(
          `select from pg_stat_activity where datname = current_database() and application_name = 'rooms-relay' and query <> ''`,
        );
        return asked.length === 2;
      });
      for (let sent = 1; sent <= 20; sent++) {
        await withTransaction(own.pool, (tx) =>
          tx.commit(appendToOutbox(catalogue, messages(someBooking(), 1))),
        );
        b.wake(); // b wrote it, a sends it
        await eventually('it is sent', () => by.length >= sent, { withinMs: 1_500 });
      }
      assert.equal(b.leads(), false);
      assert.deepEqual(
        by.splice(0),
        Array.from({ length: 20 }, () => 'a'),
      );
      await a.stop();
      await eventually('b leads', () => b.leads(), { withinMs: 5_000 });
      await withTransaction(own.pool, (tx) =>
        tx.commit(appendToOutbox(catalogue, messages(someBooking(), 1))),
      );
      b.wake();
      await eventually('b has sent it', () => by.length >= 1);
      assert.deepEqual(by, ['b']);
    } finally {
      await a.stop();
      await b.stop();
      await own.close();
    }
  });

  it('takes over from a holder that is frozen, which keeps its lock for ever', async () => {
    const own = await fixture();
    const frozen = new pg.Client({ connectionString: own.url });
    frozen.on('error', () => {});
    await frozen.connect();
    await frozen.query('select pg_advisory_lock(7263001)');
    await frozen.query(
      `insert into relay (backend_pid, heartbeat_at) values (pg_backend_pid(), now() - interval '6 seconds')`,
    );
    const sent: string[] = [];
    const relay = relayOn(own, {
      send: async (records) => void sent.push(...records.map(({ topic }) => topic)),
      stop: async () => {},
    });
    relay.start();
    try {
      await eventually('the standby leads', () => relay.leads(), { withinMs: 5_000 });
    } finally {
      await relay.stop();
      await frozen.end().catch(() => {});
      await own.close();
    }
  });

  it('whose connection is lost, and with it the lock, sends nothing more: not even what it has in memory', async () => {
    const own = await fixture();
    const sent: string[] = [];
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const relay = relayOn(own, {
      async send(records) {
        sent.push(...records.map(({ key }) => String(key)));
        await answered;
      },
      stop: async () => {},
    });
    const next = new pg.Client({ connectionString: own.url });
    await next.connect();
    relay.start();
    try {
      await eventually('it leads', () => relay.leads());
      const [first, second] = [someBooking(), someBooking()];
      const write = (bookingId: BookingId) =>
        withTransaction(own.pool, (tx) =>
          tx.commit(appendToOutbox(catalogue, messages(bookingId, 1), relay.outbox)),
        );
      await write(first);
      await eventually('the first is being sent', () => sent.includes(first));
      await write(second);
      const locked = next.query('select pg_advisory_lock(7263001)');
      await own.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'rooms-relay'`,
      );
      await locked;
      await next.query('update relay set backend_pid = pg_backend_pid(), heartbeat_at = now()');
      answer();
      await eventually('it has noticed', () => !relay.leads());
      assert.deepEqual(sent, [first]);
      await next.end();
      await eventually('it leads again and sends the second', () => sent.includes(second), {
        withinMs: 10_000,
      });
    } finally {
      answer();
      await next.end();
      await relay.stop();
      await own.close();
    }
  });
});
