/**
 * The connection is cut in the instant of COMMIT, before or after it took effect: nobody can know which, and
 * it makes no difference.
 */
import { catalogue } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOutboxBuffer } from '../../src/outbox/outbox-buffer.ts';
import { createProcessor } from '../../src/inbox/processor.ts';
import { never, messagesOf } from '@sagakit/testing/participant';
import { type Cut, cuttingProxy } from '@sagakit/testing/wire';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { createPool } from '@sagakit/postgres/pool';
import { commandFor, type Fixture, fixture, recorder, someBooking } from '../runtime-fixture.ts';

const { recordOf } = messagesOf(catalogue, 'rooms.commands');

describe('a COMMIT whose answer is lost', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  for (const cut of ['before', 'after'] as const) {
    it(`because the connection was cut ${cut} it: tried again, taken once, nothing parked`, async () => {
      const cuts: Cut[] = Array.from({ length: 5 }, () => cut);
      const proxy = await cuttingProxy(own.url, cuts);
      const pool: Pool = createPool(
        { address: proxy.url, service: 'test', max: 2 },
        pino({ level: 'silent' }),
      );
      const { observe, seen } = recorder();
      const processor = createProcessor({
        ...own.options,
        pool,
        observe,
        outbox: createOutboxBuffer(),
      });
      const bookings = Array.from({ length: 3 }, someBooking);
      try {
        await processor.process(
          bookings.map((bookingId) => recordOf(commandFor(bookingId))),
          AbortSignal.any([never, AbortSignal.timeout(60_000)]),
        );
      } finally {
        await pool.end();
        proxy.close();
      }
      const keys = bookings.map((bookingId) => `'${bookingId}'`).join(',');
      const counts = await own.query<{ count: number }>(`select count from counters where key in (${keys})`);
      assert.deepEqual(
        counts.map(({ count }) => count),
        [1, 1, 1],
      );
      assert.equal((await own.query(`select from outbox where key in (${keys})`)).length, 3);
      assert.deepEqual(seen.parked, []);
      // Cut after it, the first had taken effect: the next found that out by the inbox, and wrote nothing.
      // Its COMMIT was cut too.
      assert.equal(cuts.length, 0);
      assert.equal(seen.duplicates, cut === 'after' ? 3 : 0);
    });
  }
});
