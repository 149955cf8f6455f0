/**
 * Deadlines are judged by the database's clock: a service whose own is an hour off, or steps, judges no
 * sooner and no later.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { OrderPlaced } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import { quiet } from '@sagakit/resilience/log';
import { newId } from '@sagakit/resilience/ids';
import { eventually } from '@sagakit/testing/eventually';
import { type Participant, participant, messagesOf } from '@sagakit/testing/participant';
import { expireDeadlines } from '@sagakit/saga/deadlines';
import { withDeadline } from '@sagakit/saga/define';
import { createSagaReads } from '@sagakit/saga/reads';
import { definitionsOf } from '@sagakit/saga/release';
import { sagaAggregate } from '@sagakit/saga/runner/unit';
import { RELEASE } from '../src/sagas/all.ts';
import { placed } from './messages.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue, 'inventory.commands');

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

async function aSaga(own: Participant): Promise<OrderId> {
  const orderId = newId() as OrderId;
  await own.process(recordOf(envelopeOf(OrderPlaced({ ...placed.data, orderId }))));
  await own.query('delete from outbox');
  return orderId;
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
      const release = { ...RELEASE, started: RELEASE.started.map((saga) => withDeadline(saga, DEADLINE_MS)) };
      const own = await participant({
        catalogue,
        consumer: 'saga-orchestrator',
        aggregates: [sagaAggregate(definitionsOf(release), { source: '/saga-orchestrator', catalogue })],
        migrations: new URL('../prisma/migrations/', import.meta.url),
      });
      const consumer = { readAgoMs: () => 0, backSince: () => -Infinity, partitions: () => new Set([0]) };
      const background = expireDeadlines({
        definitions: definitionsOf(release),
        pool: own.pool,
        processor: own.processor,
        consumer,
        everyMs: 50,
        log: quiet,
      });
      try {
        offBy(before);
        background.start();
        const orderId = await aSaga(own);
        offBy(later);
        const began = performance.now();
        const [row] = await own.query<{ ahead: number }>(
          'select extract(epoch from deadline_at - now())::float8 * 1000 as ahead from sagas where order_id = $1',
          [orderId],
        );
        assert.ok(row && row.ahead > 0 && row.ahead <= DEADLINE_MS, `the deadline is ${row?.ahead} ms ahead`);
        const reads = createSagaReads(own.pool, RELEASE.subject);
        const overdueAt = await reads.now();
        assert.equal((await reads.listSagas({ overdueAt, limit: 10 })).length, 0);
        const status = async () =>
          (await own.query<{ status: string }>('select status from sagas where order_id = $1', [orderId]))[0]
            ?.status;
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
