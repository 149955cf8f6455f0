/** An operator's word to a saga, on a real Postgres: once, also where the answer to its COMMIT is lost. */
import type { BookingId } from '@sagakit/testing/bookings';
import { createPool } from '@sagakit/postgres/pool';
import { retriedTransaction } from '@sagakit/postgres/transaction';
import { newId } from '@sagakit/resilience/ids';
import { operate, type OperatorRequest } from '../src/operator/operate.ts';
import type { Participant } from '@sagakit/testing/participant';
import { type Cut, cuttingProxy } from '@sagakit/testing/wire';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { definitionsWith, writer } from './definitions.ts';
import { begin, openDesk } from './desk.ts';

const definitions = definitionsWith();

describe("an operator's word whose COMMIT is cut", () => {
  let own: Participant;
  before(async () => {
    own = await openDesk(definitions);
  });
  after(() => own.close());

  async function said(request: OperatorRequest, cut: Cut): Promise<string | undefined> {
    const cuts = [cut];
    const proxy = await cuttingProxy(own.url, cuts);
    const pool = createPool({ address: proxy.url, service: 'test', max: 2 }, pino({ level: 'silent' }));
    const outcome = await retriedTransaction(pool, (tx) =>
      operate(tx, request, { definitions, writer, outbox: own.options.outbox }),
    )
      .finally(() => pool.end())
      .finally(proxy.close);
    assert.deepEqual(cuts, []);
    return outcome;
  }
  const audited = (bookingId: BookingId) =>
    own.query('select action, outcome from operator_actions where booking_id = $1', [bookingId]);

  for (const cut of ['before', 'after'] as const) {
    it(`${cut} it is written down once, and is done`, async () => {
      const bookingId = await begin(own);
      const note = { id: newId(), subject: bookingId, action: 'note', by: 'me', text: 'a word' } as const;
      assert.equal(await said(note, cut), 'done');
      assert.deepEqual(await audited(bookingId), [{ action: 'note', outcome: 'done' }]);
    });
    it(`${cut} it turns the saga back once, and says so`, async () => {
      const bookingId = await begin(own);
      const before = (await own.said(bookingId)).length;
      const back = {
        id: newId(),
        subject: bookingId,
        action: 'compensate',
        by: 'me',
        text: 'asked for',
      } as const;
      assert.equal(await said(back, cut), 'done');
      assert.deepEqual(
        (await own.said(bookingId)).slice(before).map(({ type }) => type),
        ['SagaCompensating', 'FreeRooms'],
      );
      assert.deepEqual(await audited(bookingId), [{ action: 'compensate', outcome: 'done' }]);
    });
  }
});
