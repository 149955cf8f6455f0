/**
 * Deadlines are judged by the database's clock: a service whose own is an hour off, or steps, judges no
 * sooner and no later.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { expireDeadlines } from '../src/deadlines.ts';
import { createSagaReads } from '../src/reads.ts';
import { definitionsWith } from './definitions.ts';
import { begin, openDesk } from './desk.ts';

const HOUR_MS = 3_600_000;
const DEADLINE_MS = 2_000;
const RealDate = Date;

/** From now on this process' clock is so far off. */
function offBy(ms: number): void {
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | [number | string | Date]) {
      super(...((given.length === 0 ? [RealDate.now() + ms] : given) as [number]));
    }
    static override now = () => RealDate.now() + ms;
  } as DateConstructor;
}

describe('the clock of a service', () => {
  afterEach(() => {
    globalThis.Date = RealDate;
  });

  const cases: [string, number, number][] = [
    ['is an hour behind', -HOUR_MS, -HOUR_MS],
    ['is an hour ahead', HOUR_MS, HOUR_MS],
    ['steps back by an hour', 0, -HOUR_MS],
    ['steps ahead by an hour', 0, HOUR_MS],
  ];
  for (const [what, before, later] of cases) {
    it(`${what}: it has timed out when its time has come by the database's`, async () => {
      const definitions = definitionsWith(DEADLINE_MS);
      const own = await openDesk(definitions);
      const consumer = { readAgoMs: () => 0, backSince: () => -Infinity, partitions: () => new Set([0]) };
      const background = expireDeadlines({
        definitions,
        pool: own.pool,
        processor: own.processor,
        consumer,
        everyMs: 50,
        log: quiet,
      });
      try {
        offBy(before);
        background.start();
        const bookingId = await begin(own);
        await own.query('delete from outbox');
        offBy(later);
        const began = performance.now();
        const [row] = await own.query<{ ahead: number }>(
          'select extract(epoch from deadline_at - now())::float8 * 1000 as ahead from sagas where booking_id = $1',
          [bookingId],
        );
        assert.ok(row && row.ahead > 0 && row.ahead <= DEADLINE_MS, `the deadline is ${row?.ahead} ms ahead`);
        const reads = createSagaReads(own.pool, definitions.subject);
        const overdueAt = await reads.now();
        assert.equal((await reads.listSagas({ overdueAt, limit: 10 })).length, 0);
        const status = async () =>
          (
            await own.query<{ status: string }>('select status from sagas where booking_id = $1', [bookingId])
          )[0]?.status;
        await eventually('it has timed out', async () => (await status()) === 'compensating', {
          withinMs: 20_000,
        });
        assert.ok(performance.now() - began > row.ahead - 100, 'judged too soon');
      } finally {
        await background.stop();
        await own.close();
      }
    });
  }
});
