/**
 * The batch path on a real Postgres: what it promises under duplicates, poison, races and a database that
 * goes away.
 */
import { catalogue, FreeRooms, type BookingId } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { postgresUrl } from '@sagakit/testing/infrastructure';
import { createProcessor } from '../../src/inbox/processor.ts';
import { contextOf } from '../../src/to-envelope.ts';
import type { Aggregate } from '../../src/aggregate/unit.ts';
import { headersFrom } from '@sagakit/kafka/headers';
import { never, messagesOf } from '@sagakit/testing/participant';
import pg from 'pg';
import { commandFor, counters, type Fixture, fixture, someBooking, UNDECIDABLE } from '../runtime-fixture.ts';

const { recordOf } = messagesOf(catalogue, 'rooms.commands');

describe('a batch', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  const counts = async (bookingId: BookingId) =>
    (await own.query<{ count: number }>(`select count from counters where key = '${bookingId}'`))[0]?.count;
  const outboxOf = (bookingId: BookingId) =>
    own.query<{ id: string; message: string }>(
      `select id, message from outbox where key = '${bookingId}' order by id`,
    );

  it('commits states, replies and inbox together, in one transaction', async () => {
    const bookings = Array.from({ length: 50 }, someBooking);
    own.seen.batches.length = 0;
    await own.processor.process(
      bookings.map((bookingId) => recordOf(commandFor(bookingId))),
      never,
    );
    assert.deepEqual(own.seen.batches, [50]);
    const [row] = await own.query<{ n: string; tx: string }>(
      `select count(*) as n, count(distinct xmin::text) as tx from counters where key in (${bookings.map((id) => `'${id}'`).join(',')})`,
    );
    assert.deepEqual(row, { n: '50', tx: '1' });
  });

  it('drops what was delivered before, also twice in one batch', async () => {
    const bookingId = someBooking();
    const record = recordOf(commandFor(bookingId));
    await own.processor.process([record, { ...record, offset: '999' }], never);
    await own.processor.process([record], never);
    assert.equal(await counts(bookingId), 1);
    assert.equal((await outboxOf(bookingId)).length, 1);
  });

  it('answers a command that is sent again with the same message, and decides once', async () => {
    const bookingId = someBooking();
    await own.processor.process([recordOf(commandFor(bookingId))], never);
    await own.processor.process([recordOf(commandFor(bookingId))], never);
    assert.equal(await counts(bookingId), 1);
    const [first, second] = await outboxOf(bookingId);
    assert.equal(first?.message.length, second?.message.length);
    assert.deepEqual(JSON.parse(first?.message ?? ''), JSON.parse(second?.message ?? ''));
  });

  it('parks what cannot be read or decided, and its neighbours go on', async () => {
    own.seen.parked.length = 0;
    const good = someBooking();
    const records = [
      recordOf('{"half'),
      recordOf(commandFor(UNDECIDABLE)),
      recordOf(commandFor(good)),
      recordOf({ ...commandFor(good), type: 'Whatever' }),
    ];
    await own.processor.process(records, never);
    assert.deepEqual(own.seen.parked.toSorted(), ['decision-failed', 'not-json', 'unknown-command']);
    assert.equal(await counts(good), 1);
    const deadLetters = await own.query<{ reason: string; value: Buffer }>(
      'select reason, value from dead_letters order by "offset"',
    );
    assert.equal(deadLetters[0]?.value.toString(), '{"half');
    await own.processor.process(records, never);
    assert.equal((await own.query('select from dead_letters')).length, deadLetters.length, 'parked twice');
  });

  it('knows what cannot be read by its place and by what it is: a topic that was made again has the same places', async () => {
    own.seen.parked.length = 0;
    const first = { ...recordOf('{"half', 'one'), timestamp: '1000' };
    const others = [
      { ...first, timestamp: '2000' },
      { ...first, value: Buffer.from('{"other') },
      { ...first, value: null },
      { ...first, key: null },
      { ...first, headers: headersFrom({ a: 'b' }) },
    ];
    await own.processor.process([first], never);
    await own.processor.process(others, never);
    assert.equal(own.seen.parked.length, 6);
    await own.processor.process([first, ...others], never);
    assert.equal(own.seen.parked.length, 6, 'delivered again, they are the same');
  });

  it('parks what the database itself cannot store as it is, and goes on', async () => {
    own.seen.parked.length = 0;
    const [bookingId, good] = [someBooking(), someBooking()];
    const upper = {
      ...commandFor(bookingId),
      subject: bookingId.toUpperCase(),
      data: { bookingId: bookingId.toUpperCase() },
    };
    await own.processor.process(
      [
        recordOf({ ...commandFor(bookingId), id: 'nul\u0000' }),
        recordOf({ ...commandFor(bookingId), source: '\ud800' }),
        // The same row to the database, another key to the runtime: it would be stale for ever.
        recordOf(upper),
        recordOf({ ...upper, id: 'another' }),
        { ...recordOf('{"half'), headers: headersFrom({ nul: '\u0000', large: 'h'.repeat(10_000) }) },
        recordOf(commandFor(good)),
      ],
      AbortSignal.timeout(10_000),
    );
    assert.equal(own.seen.parked.length, 5);
    assert.equal(await counts(good), 1);
    const deadLetters = await own.query<{ headers: { large?: string } }>('select headers from dead_letters');
    assert.equal(deadLetters.filter(({ headers }) => headers.large?.length === 10_000).length, 1);
  });

  it('that the data breaks is halved until the culprit stands alone', async () => {
    const culprit = someBooking();
    await own.query(`insert into counters values ('${culprit}', 1, 0, '{}', 99)`); // one more breaks a CHECK
    own.seen.parked.length = 0;
    const others = Array.from({ length: 9 }, someBooking);
    const bookings = [...others.slice(0, 5), culprit, ...others.slice(5)];
    await own.processor.process(
      bookings.map((bookingId) => recordOf(commandFor(bookingId))),
      never,
    );
    assert.deepEqual(own.seen.parked, ['data-error']);
    for (const bookingId of others) assert.equal(await counts(bookingId), 1);
    assert.equal(await counts(culprit), 99);
  });

  for (const where of ['loading', 'saving'] as const) {
    it(`whose ${where} throws a plain error is no trouble of the database: its neighbours go on, it is parked`, async () => {
      const culprit = someBooking();
      const whole = counters();
      const aggregate: Aggregate = {
        ...whole,
        async load(tx, incoming) {
          const about = incoming.some(({ message }) => message.subject === culprit);
          if (about && where === 'loading') throw new Error('a fault of ours');
          const unit = await whole.load(tx, incoming);
          if (!about || where !== 'saving') return unit;
          const save = () => {
            throw new Error('a fault of ours');
          };
          return { ...unit, save };
        },
      };
      const parked: string[] = [];
      const observe = { ...own.options.observe, parked: (reason: string) => void parked.push(reason) };
      const processor = createProcessor({ ...own.options, observe, aggregates: [aggregate] });
      const others = Array.from({ length: 4 }, someBooking);
      const bookings = [...others.slice(0, 2), culprit, ...others.slice(2)];
      await processor.process(
        bookings.map((bookingId) => recordOf(commandFor(bookingId))),
        AbortSignal.timeout(20_000),
      );
      assert.deepEqual(parked, ['data-error']);
      for (const bookingId of others) assert.equal(await counts(bookingId), 1);
    });
  }

  it('that is no record and cannot be saved does not keep those behind it', async () => {
    const culprit = someBooking();
    await own.query(`insert into counters values ('${culprit}', 1, 0, '{}', 99)`); // one more breaks a CHECK
    const others = Array.from({ length: 4 }, someBooking);
    const inputs = [culprit, ...others].map((bookingId) => {
      const message = commandFor(bookingId);
      return { message, cause: contextOf(message) };
    });
    await assert.rejects(own.processor.submit(inputs, never), { code: '23514' });
    for (const bookingId of others) assert.equal(await counts(bookingId), 1);
  });

  it('whose server stops in the middle of a statement is tried again, and not parked', async () => {
    own.seen.parked.length = 0;
    const bookingId = someBooking();
    await own.processor.process([recordOf(commandFor(bookingId))], never);
    const holder = new pg.Client({ connectionString: own.url });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select from counters where key = $1 for update', [bookingId]);
      // Alone in its batch: there is nothing to halve, what is no trouble of the database is parked at once.
      const record = recordOf(commandFor(bookingId, FreeRooms));
      const processed = own.processor.process([record], AbortSignal.timeout(60_000));
      await eventually('its statement waits, and is ended as by a server that stops', async () => {
        // Not the holder: within its transaction it sees only the connections of its first look.
        const ended = await own.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return ended.length > 0;
      });
      await holder.query('rollback');
      await processed;
    } finally {
      await holder.end();
    }
    assert.deepEqual(own.seen.parked, []);
    assert.equal((await outboxOf(bookingId)).length, 2);
  });

  it('survives the end of its connections: tried again, nothing parked, nothing twice', async () => {
    own.seen.parked.length = 0;
    const admin = new pg.Client({ connectionString: postgresUrl() });
    await admin.connect();
    const name = new URL(own.url).pathname.slice(1);
    let going = true;
    let ended = 0;
    // So many and no more: on a busy machine a connection may never live long enough for a whole batch.
    const killing = (async () => {
      while (going && ended < 25) {
        const { rows } = await admin.query<{ there: boolean }>(
          'select pg_terminate_backend(pid) as there from pg_stat_activity where datname = $1',
          [name],
        );
        ended += rows.filter(({ there }) => there).length;
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    const bookings = Array.from({ length: 200 }, someBooking);
    const records = bookings.map((bookingId) => recordOf(commandFor(bookingId)));
    const batches = Array.from({ length: 20 }, (_, at) => records.slice(at * 10, at * 10 + 10));
    try {
      await Promise.all(
        batches.slice(0, 10).map((batch) => own.processor.process(batch, AbortSignal.timeout(60_000))),
      );
    } finally {
      going = false;
      await killing;
      await admin.end();
    }
    await Promise.all(batches.slice(10).map((batch) => own.processor.process(batch, never)));
    for (const bookingId of bookings) assert.equal(await counts(bookingId), 1);
    assert.deepEqual(own.seen.parked, []);
    assert.ok(ended > 0, 'no connection was ended');
  });
});

describe('two replicas with the same messages', () => {
  it('take effect once, whoever wins', async () => {
    const own = await fixture();
    try {
      const bookings = Array.from({ length: 30 }, someBooking);
      const records = bookings.map((bookingId) => recordOf(commandFor(bookingId)));
      await Promise.all([
        own.processor.process(records, never),
        own.processor.process(records.toReversed(), never),
      ]);
      const rows = await own.query<{ count: number }>('select count from counters');
      assert.deepEqual(new Set(rows.map(({ count }) => count)), new Set([1]));
      assert.equal((await own.query('select from outbox')).length, 30);
    } finally {
      await own.close();
    }
  });

  it('that load one new row at once: the second sees that it is stale and starts again', async () => {
    let arrived = 0;
    const own = await fixture(
      counters({
        async afterLoad() {
          // The first two loads wait for each other, so that both have loaded before either saves.
          arrived++;
          if (arrived <= 2) await eventually('both have loaded', () => arrived >= 2);
        },
      }),
    );
    try {
      const bookingId = someBooking();
      await Promise.all([1, 2].map(() => own.processor.process([recordOf(commandFor(bookingId))], never)));
      const [row] = await own.query<{ count: number; version: number }>(
        'select count, version from counters',
      );
      // The second command found the first one's reply instead of overwriting its state.
      assert.deepEqual(row, { count: 1, version: 1 });
      assert.ok(arrived >= 2);
      const replies = await own.query<{ id: string }>(`select message::json ->> 'id' as id from outbox`);
      assert.equal(replies.length, 2);
      assert.equal(
        new Set(replies.map(({ id }) => id)).size,
        1,
        'the second decided anew on a row that it had not seen',
      );
    } finally {
      await own.close();
    }
  });
});
