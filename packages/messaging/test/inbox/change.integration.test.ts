/** One aggregate changed from outside, on a real Postgres: as of HTTP. */
import { type BookingId, catalogue, DepositReturned } from '@sagakit/testing/bookings';
import { column } from '@sagakit/postgres/table';
import { newId } from '@sagakit/resilience/ids';
import { type Participant, participant } from '@sagakit/testing/participant';
import { createPool } from '@sagakit/postgres/pool';
import { type Cut, cuttingProxy } from '@sagakit/testing/wire';
import { pino } from 'pino';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { aggregate } from '../../src/aggregate/aggregate.ts';
import { changeAggregate } from '../../src/inbox/change.ts';
import { type Decision, decide, ignore } from '../../src/aggregate/decision.ts';
import { table } from '../../src/aggregate/table.ts';
import { effect } from '../../src/effects/effect.ts';
import { newTraceparent } from '../../src/trace.ts';

type State = { changes: number };
const call = effect('call', z.object({}), z.object({}));
const states = aggregate({
  table: table({
    name: 'states',
    key: ['booking_id', column.uuid<BookingId>()],
    columns: { changes: column.int(), saved_at: column.savedAt() },
    toColumns: (state: State) => state,
    toState: ({ changes }): State => ({ changes }),
  }),
});

describe('a change from outside', () => {
  let own: Participant;
  before(async () => {
    own = await participant({ catalogue, consumer: 'deposits', aggregates: [states] });
    await own.query(
      `create table states (booking_id uuid primary key, version int not null, sequence int not null, answers jsonb not null,
         changes int not null, saved_at timestamptz not null)`,
    );
  });
  after(() => own.close());

  const begin = async () => {
    const bookingId = newId() as BookingId;
    await own.query(`insert into states values ($1, 1, 1, '{}', 0, now())`, [bookingId]);
    return bookingId;
  };
  const stored = async (bookingId: BookingId) =>
    (await own.query('select version, sequence, changes from states where booking_id = $1', [bookingId]))[0];
  const change = (
    key: BookingId,
    decision: (state: State, seen: string) => Decision<State>,
    pool = own.pool,
  ) =>
    changeAggregate(
      { pool, writer: { source: '/deposits', catalogue }, outbox: own.options.outbox },
      states,
      {
        key,
        traceparent: newTraceparent(),
        decision,
        read: async (tx, bookingId) => {
          const { rows } = await tx.query<{ seen: string }>('select $1::uuid::text as seen', [bookingId]);
          return rows[0]?.seen ?? '';
        },
      },
    );
  const again = (bookingId: BookingId) => (state: State) =>
    decide({ changes: state.changes + 1 }, [
      DepositReturned({ bookingId, amount: { amount: 1, currency: 'EUR' } }),
    ]);

  it('is saved and told, one after the other however many come at once', async () => {
    const bookingId = await begin();
    const changed = await Promise.all(Array.from({ length: 5 }, () => change(bookingId, again(bookingId))));
    assert.deepEqual(changed.map((each) => each?.state.changes).toSorted(), [1, 2, 3, 4, 5]);
    assert.deepEqual(await stored(bookingId), { version: 6, sequence: 6, changes: 5 });
    assert.equal((await own.said(bookingId)).length, 5);
  });
  for (const cut of ['before', 'after'] as const)
    it(`is made once where the connection is cut ${cut} its COMMIT, and says what it came to`, async () => {
      const bookingId = await begin();
      const cuts: Cut[] = [cut];
      const proxy = await cuttingProxy(own.url, cuts);
      const pool = createPool({ address: proxy.url, service: 'test', max: 2 }, pino({ level: 'silent' }));
      const changed = await change(bookingId, again(bookingId), pool)
        .finally(() => pool.end())
        .finally(proxy.close);
      assert.deepEqual([changed, cuts], [{ state: { changes: 1 } }, []]);
      assert.deepEqual(await stored(bookingId), { version: 2, sequence: 2, changes: 1 });
      assert.equal((await own.said(bookingId)).length, 1);
    });
  it('is decided with what was read in the same trip; ignored by name, nothing is written', async () => {
    const bookingId = await begin();
    assert.deepEqual(await change(bookingId, (_, seen) => ignore(seen)), {
      state: { changes: 0 },
      ignored: bookingId,
    });
    assert.deepEqual(await stored(bookingId), { version: 1, sequence: 1, changes: 0 });
  });
  it('is none of what is not there', async () => {
    assert.equal(await change(newId() as BookingId, () => assert.fail('it was asked')), undefined);
  });
  it('may want a call, which whoever looks next makes', async () => {
    const bookingId = await begin();
    await change(bookingId, (state) => decide(state, [], [call({})]));
    const due = await own.query('select kind from effects where subject = $1 and claimed_until <= now()', [
      bookingId,
    ]);
    assert.deepEqual(due, [{ kind: 'call' }]);
  });
});
