/**
 * A parked message that another release must decide about: this one leaves it as it is. On a real Postgres.
 */
import { catalogue, type BookingId } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { messagesOf } from '@sagakit/testing/participant';
import { IncompatibleReleaseError } from '../../src/aggregate/decision.ts';
import { createReplays } from '../../src/replay/replay.ts';
import { newId } from '@sagakit/resilience/ids';
import {
  commandFor,
  type Fixture,
  fixture,
  ofLaterRelease,
  someBooking,
  undecidable,
} from '../runtime-fixture.ts';

const { recordOf } = messagesOf(catalogue, 'rooms.commands');
const request = { by: 'ada', reason: 'the handler is mended' };

let own: Fixture;
before(async () => {
  own = await fixture();
});
after(() => own.close());
afterEach(() => ofLaterRelease.clear());

type Parked = { id: string; status: string; reason: string; attempts: number };
const queueOf = (key: string) =>
  own.query<Parked>(
    `select id, status, reason, attempts from dead_letters where key = convert_to($1, 'UTF8') order by place`,
    [key],
  );
const idOf = async (key: string, place: number) => (await queueOf(key))[place]?.id ?? '';

/** One that failed and one that waits behind it; by now both could be decided, by a release that can. */
async function queue(): Promise<BookingId> {
  const bookingId = someBooking();
  undecidable.add(bookingId);
  await own.process(recordOf(commandFor(bookingId)), recordOf(commandFor(bookingId)));
  undecidable.delete(bookingId);
  return bookingId;
}
/** What a process leaves that dies right after its head's COMMIT. */
async function abandonedQueue(): Promise<BookingId> {
  const bookingId = await queue();
  await own.query(`update dead_letters set status = 'replayed', closed_at = now() where id = $1`, [
    await idOf(bookingId, 0),
  ]);
  return bookingId;
}
async function laterReleases(bookingId: Promise<BookingId>): Promise<BookingId> {
  ofLaterRelease.add(await bookingId);
  return bookingId;
}

describe('a parked message that another release must decide about', () => {
  it('is left as it is, and the operator is told why', async () => {
    const bookingId = await laterReleases(queue());
    const before = await queueOf(bookingId);
    const id = await idOf(bookingId, 0);
    await assert.rejects(own.replays.replay(id, request), IncompatibleReleaseError);
    await assert.rejects(own.replays.dryRun(id), IncompatibleReleaseError);
    assert.deepEqual(await queueOf(bookingId), before);
    assert.deepEqual(await own.query('select from dead_letter_actions where letter_id = $1', [id]), []);
  });

  it('waits on once what it waited behind is closed, and that is what the operator asked for', async () => {
    const bookingId = await laterReleases(queue());
    assert.deepEqual(await own.replays.discard(await idOf(bookingId, 0), request), {
      kind: 'discarded',
      released: 0,
    });
    const [, second] = await queueOf(bookingId);
    assert.deepEqual([second?.status, second?.reason, second?.attempts], ['parked', 'waits-behind', 0]);
  });

  it('is in no other queue’s way, is said once in the log, and is released by a release that can', async () => {
    const said: string[] = [];
    const log = { ...quiet, warn: (_fields: object, message: string) => void said.push(message) };
    const { background } = createReplays({ ...own.options, effectKinds: [], log });
    const isReleased = async (bookingId: BookingId) => (await queueOf(bookingId))[1]?.status === 'replayed';
    /** The background has gone through all queues: one behind each that it cannot release is released. */
    const oneRound = async () => {
      const mine = await abandonedQueue();
      background.start();
      await eventually('a queue of this release is released', () => isReleased(mine));
      await background.stop();
    };
    const first = await laterReleases(abandonedQueue());
    await oneRound();
    const last = await laterReleases(abandonedQueue());
    await oneRound();
    await oneRound();
    for (const bookingId of [first, last]) {
      const [, head] = await queueOf(bookingId);
      assert.deepEqual([head?.status, head?.reason, head?.attempts], ['parked', 'waits-behind', 0]);
    }
    assert.deepEqual(said, ['parked messages are left to another release']);

    ofLaterRelease.clear();
    const { background: another } = createReplays({ ...own.options, effectKinds: [] });
    another.start();
    await eventually('both are released', async () => (await isReleased(first)) && isReleased(last));
    await another.stop();
  });

  it('by the hundred leaves the others of its service their turn', async () => {
    // More than one search takes, and all of them before the one that can be released.
    await Promise.all(Array.from({ length: 101 }, () => laterReleases(abandonedQueue())));
    const mine = await abandonedQueue();
    own.replays.background.start();
    try {
      await eventually(
        'one behind them is released',
        async () => (await queueOf(mine))[1]?.status === 'replayed',
      );
    } finally {
      await own.replays.background.stop();
    }
  });
});

describe('a parked call to the outside of a kind that this release does not make', () => {
  it('stays parked for one that does, and the operator is told why', async () => {
    const [id, effect] = [newId(), { id: newId(), kind: 'paint', subject: 'b', request: {}, cause: {} }];
    await own.query(
      `insert into dead_letters (id, topic, partition, "offset", value, headers, reason, error, attempts)
       values ($1, 'effect.paint', 0, 0, convert_to($2, 'UTF8'), '[]', 'effect-gave-up', 'tried enough', 5)`,
      [id, JSON.stringify(effect)],
    );
    const { replays } = own;
    await assert.rejects(replays.dryRun(id), { name: 'IncompatibleReleaseError', message: /paint/ });
    await assert.rejects(replays.replay(id, request), { name: 'IncompatibleReleaseError', message: /paint/ });
    const [deadLetter] = await own.query('select status, attempts from dead_letters where id = $1', [id]);
    assert.deepEqual(deadLetter, { status: 'parked', attempts: 5 });
    assert.deepEqual(await own.query('select from effects where subject = $1', ['b']), []);

    const another = createReplays({ ...own.options, effectKinds: ['paint'] });
    assert.equal((await another.replay(id, request)).kind, 'replayed');
    assert.equal((await own.query('select from effects where id = $1', [effect.id])).length, 1);
  });
});
