/**
 * The connection is cut in the instant in which an operator's replay or discard is committed. He is told what
 * came of it, and it is counted once, whether it had taken effect or not.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPool } from '@sagakit/postgres/pool';
import { type BookingId, catalogue } from '@sagakit/testing/bookings';
import { messagesOf } from '@sagakit/testing/participant';
import { type Cut, cuttingProxy } from '@sagakit/testing/wire';
import { pino } from 'pino';
import { createReplays, type Replays } from '../../src/replay/replay.ts';
import { commandFor, type Fixture, fixture, someBooking, undecidable } from '../runtime-fixture.ts';

const { recordOf } = messagesOf(catalogue, 'rooms.commands');
const request = { by: 'ada', reason: 'the handler is mended' };

let own: Fixture;
before(async () => {
  own = await fixture();
});
after(() => own.close());

/** One that failed, and one that waits behind it. */
async function queue(): Promise<BookingId> {
  const bookingId = someBooking();
  undecidable.add(bookingId);
  await own.process(recordOf(commandFor(bookingId)), recordOf(commandFor(bookingId)));
  return bookingId;
}
const deadLetters = (key: string) =>
  own.query<{ id: string; status: string; attempts: number }>(
    `select id, status, attempts from dead_letters where key = convert_to($1, 'UTF8') order by place`,
    [key],
  );
const actionsOn = async (id: string) =>
  (
    await own.query<{ outcome: string }>('select outcome from dead_letter_actions where letter_id = $1', [id])
  ).map(({ outcome }) => outcome);

/** Its next COMMIT is cut. */
async function cutOnce<T>(cut: Cut, work: (replays: Replays) => Promise<T>): Promise<T> {
  const cuts = [cut];
  const proxy = await cuttingProxy(own.url, cuts);
  const pool = createPool({ address: proxy.url, service: 'test', max: 2 }, pino({ level: 'silent' }));
  try {
    const result = await work(createReplays({ ...own.options, pool, effectKinds: [] }));
    assert.equal(cuts.length, 0, 'no COMMIT was cut');
    return result;
  } finally {
    await pool.end();
    proxy.close();
  }
}

for (const cut of ['before', 'after'] as const) {
  describe(`cut ${cut} the COMMIT took effect`, () => {
    it('a replay is told as what it was, and what waited behind it is released', async () => {
      const bookingId = await queue();
      undecidable.delete(bookingId);
      const [{ id } = { id: '' }] = await deadLetters(bookingId);
      const result = await cutOnce(cut, (replays) => replays.replay(id, request));
      assert.ok(result.kind === 'replayed' && result.outcome.result === 'decided', JSON.stringify(result));
      assert.deepEqual(
        result.outcome.caused.map(({ type }) => type),
        ['RoomsKept'],
      );
      assert.equal(result.released, 1);
      assert.deepEqual(await actionsOn(id), ['decided: RoomsKept']);
      assert.deepEqual(
        (await deadLetters(bookingId)).map(({ status, attempts }) => [status, attempts]),
        [
          ['replayed', 2],
          ['replayed', 1],
        ],
      );
      assert.equal((await own.query('select from outbox where key = $1', [bookingId])).length, 2);
    });

    it('one that still fails is counted once', async () => {
      const [{ id } = { id: '' }] = await deadLetters(await queue());
      const result = await cutOnce(cut, (replays) => replays.replay(id, request));
      assert.ok(result.kind === 'failed' && result.reason === 'decision-failed', JSON.stringify(result));
      assert.match(result.error, /this booking cannot be decided about/);
      assert.deepEqual(await actionsOn(id), ['still parked: decision-failed']);
      const [deadLetter] = await own.query('select status, attempts from dead_letters where id = $1', [id]);
      assert.deepEqual(deadLetter, { status: 'parked', attempts: 2 });
    });

    it('a discard is told as what it was, and what waited behind it is released', async () => {
      const bookingId = await queue();
      undecidable.delete(bookingId);
      const [{ id } = { id: '' }] = await deadLetters(bookingId);
      const result = await cutOnce(cut, (replays) => replays.discard(id, request));
      assert.deepEqual(result, { kind: 'discarded', released: 1 });
      assert.deepEqual(await actionsOn(id), ['discarded']);
    });
  });
}
