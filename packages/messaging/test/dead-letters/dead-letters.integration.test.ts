/**
 * Parked messages: what waits behind them, what a replay does, and what it must not do. On a real Postgres.
 */
import { catalogue, FreeRooms, type BookingId } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { findDeadLetter } from '../../src/dead-letters/dead-letters.ts';
import { eventually } from '@sagakit/testing/eventually';
import { never, messagesOf } from '@sagakit/testing/participant';
import {
  commandFor,
  counters,
  type Fixture,
  fixture,
  someBooking,
  UNDECIDABLE,
  undecidable,
} from '../runtime-fixture.ts';

const { recordOf } = messagesOf(catalogue, 'rooms.commands');

const press = { by: 'ada', reason: 'the handler is mended' };

let own: Fixture;
before(async () => {
  own = await fixture();
});
after(() => own.close());
afterEach(() => {
  undecidable.clear();
  undecidable.add(UNDECIDABLE);
});

const process = (...messages: (ReturnType<typeof commandFor> | string)[]) =>
  own.processor.process(
    messages.map((message) => recordOf(message)),
    never,
  );
const count = async (bookingId: BookingId) =>
  (await own.query<{ count: number }>(`select count from counters where key = '${bookingId}'`))[0]?.count;
const repliesAbout = async (bookingId: BookingId) =>
  (
    await own.query<{ type: string }>(
      `select message::json ->> 'type' as type from outbox where key = '${bookingId}' order by id`,
    )
  ).map(({ type }) => type);
type DeadLetter = { id: string; status: string; reason: string; attempts: number };
const deadLetters = (key: string) =>
  own.query<DeadLetter>(
    `select id, status, reason, attempts from dead_letters where key = convert_to('${key}', 'UTF8') order by place`,
  );
const blocked = async () =>
  Number((await own.query<{ n: string }>('select count(*) as n from blocked_keys'))[0]?.n);
const brokenBooking = () => {
  const bookingId = someBooking();
  undecidable.add(bookingId);
  return bookingId;
};

describe('behind a parked message', () => {
  it('later messages of its key wait, in the same batch and in later ones; other keys go on', async () => {
    const [bad, good] = [brokenBooking(), someBooking()];
    await process(commandFor(bad), commandFor(good), commandFor(bad));
    undecidable.delete(bad); // from here on it could be handled; its place in the queue counts all the same
    await process(commandFor(bad), commandFor(good));
    assert.deepEqual(
      (await deadLetters(bad)).map(({ reason, attempts }) => [reason, attempts]),
      [
        ['decision-failed', 1],
        ['waits-behind', 0],
        ['waits-behind', 0],
      ],
    );
    assert.equal(await count(bad), undefined);
    assert.equal(await count(good), 1);
    assert.deepEqual(await repliesAbout(good), ['RoomsKept', 'RoomsKept']);
  });

  it('what the data breaks blocks its key too, however its batch was halved', async () => {
    const culprit = someBooking();
    await own.query(`insert into counters values ('${culprit}', 1, 0, '{}', 99)`); // one more breaks a CHECK
    const others = Array.from({ length: 6 }, someBooking);
    await process(
      ...others.slice(0, 3).map((id) => commandFor(id)),
      commandFor(culprit),
      commandFor(culprit),
      ...others.slice(3).map((id) => commandFor(id)),
    );
    assert.deepEqual(
      (await deadLetters(culprit)).map(({ reason }) => reason),
      ['data-error', 'waits-behind'],
    );
    for (const bookingId of others) assert.equal(await count(bookingId), 1);
  });

  it('an undo does not wait: it is acknowledged, and the do that comes after it is another story', async () => {
    const bookingId = brokenBooking();
    await process(commandFor(bookingId));
    await process(commandFor(bookingId, FreeRooms));
    assert.deepEqual(await repliesAbout(bookingId), ['RoomsFreed']);
    assert.equal((await deadLetters(bookingId)).length, 1);
  });

  it('nothing waits behind a record without a key, or with one that no message can have', async () => {
    const before = await blocked();
    const record = recordOf('{"half');
    await own.processor.process(
      [
        { ...record, key: null },
        { ...record, key: Buffer.alloc(0), offset: '70001' },
        { ...record, key: Buffer.alloc(5_000, 1), offset: '70002' },
      ],
      never,
    );
    assert.equal(await blocked(), before);
  });
});

describe('a replay', () => {
  it('handles the head and then those behind it, in order, and frees the key', async () => {
    const bookingId = brokenBooking();
    await process(commandFor(bookingId), commandFor(bookingId), commandFor(bookingId));
    const [head, second] = await deadLetters(bookingId);
    assert.ok(head && second);

    assert.deepEqual(await own.replays.replay(second.id, press), { kind: 'waits', behind: head.id });
    const failed = await own.replays.replay(head.id, press);
    assert.deepEqual([failed.kind, 'reason' in failed && failed.reason], ['failed', 'decision-failed']);

    undecidable.delete(bookingId);
    const result = await own.replays.replay(head.id, press);
    assert.ok(result.kind === 'replayed' && result.outcome.result === 'decided');
    assert.deepEqual(
      result.outcome.caused.map(({ type }) => type),
      ['RoomsKept'],
    );
    assert.equal(result.released, 2);
    assert.deepEqual(await repliesAbout(bookingId), ['RoomsKept', 'RoomsKept', 'RoomsKept']);
    assert.equal(await count(bookingId), 1, 'a command that is sent again gets the same reply');
    assert.deepEqual(
      (await deadLetters(bookingId)).map(({ status, attempts }) => [status, attempts]),
      [
        ['replayed', 3],
        ['replayed', 1],
        ['replayed', 1],
      ],
    );
    await process(commandFor(bookingId));
    assert.equal((await deadLetters(bookingId)).length, 3, 'the key is free again');

    const { actions } = (await findDeadLetter(own.pool, head.id)) ?? { actions: [] };
    assert.deepEqual(
      actions.map(({ by, action, reason, outcome }) => [by, action, reason, outcome]),
      [
        ['ada', 'replay', press.reason, 'still parked: decision-failed'],
        ['ada', 'replay', press.reason, 'decided: RoomsKept'],
      ],
    );
  });

  it('pressed twice, at once even, takes effect once', async () => {
    const bookingId = brokenBooking();
    await process(commandFor(bookingId));
    undecidable.delete(bookingId);
    const [head] = await deadLetters(bookingId);
    const results = await Promise.all([1, 2, 3].map(() => own.replays.replay(head?.id ?? '', press)));
    assert.deepEqual(results.map(({ kind }) => kind).toSorted(), ['closed', 'closed', 'replayed']);
    assert.deepEqual(await repliesAbout(bookingId), ['RoomsKept']);
  });

  it('stops at the next that fails', async () => {
    const bookingId = brokenBooking();
    await process(commandFor(bookingId));
    await process('{"half'.padEnd(20)); // another key: it is none of this queue
    const broken = recordOf('{"broken', bookingId);
    await own.processor.process([broken], never);
    await process(commandFor(bookingId));
    undecidable.delete(bookingId);
    const [head] = await deadLetters(bookingId);
    const result = await own.replays.replay(head?.id ?? '', press);
    assert.equal(result.kind === 'replayed' && result.released, 0);
    assert.deepEqual(
      (await deadLetters(bookingId)).map(({ status, reason }) => [status, reason]),
      [
        ['replayed', 'decision-failed'],
        ['parked', 'not-json'],
        ['parked', 'waits-behind'],
      ],
    );
  });

  it('under load loses nothing and overtakes nothing', async () => {
    const bookingId = brokenBooking();
    await own.query(`insert into counters values ('${bookingId}', 1, 0, '{}', 0)`);
    await process(commandFor(bookingId));
    undecidable.delete(bookingId);
    const [head] = await deadLetters(bookingId);
    // Batches of the key come while its queue is being drained, each from another connection.
    const load = Array.from({ length: 30 }, () => process(commandFor(bookingId)));
    const replayed = own.replays.replay(head?.id ?? '', press);
    await Promise.all([...load, replayed]);
    own.replays.background.start();
    await eventually('the queue is empty', async () => {
      const open = (await deadLetters(bookingId)).filter(({ status }) => status === 'parked');
      return open.length === 0;
    });
    await own.replays.background.stop();
    assert.equal((await repliesAbout(bookingId)).length, 31);
    assert.equal(
      (await own.query(`select from blocked_keys where key = convert_to('${bookingId}', 'UTF8')`)).length,
      0,
    );
  });

  it('waits for a batch that is about to park one more message of the key', async () => {
    let hold: Promise<void> | undefined;
    let loading = false;
    const held = await fixture(
      counters({
        async afterLoad() {
          if (loading) return; // only the batch is held, not the replay
          loading = true;
          await hold;
        },
      }),
    );
    try {
      const bookingId = brokenBooking();
      await held.processor.process([recordOf(commandFor(bookingId))], never);
      undecidable.delete(bookingId);
      const [head] = await held.query<DeadLetter>('select id from dead_letters');
      const { promise, resolve } = Promise.withResolvers<void>();
      hold = promise;
      loading = false;
      // The batch has seen that the key is blocked, and has not committed yet.
      const batch = held.processor.process([recordOf(commandFor(bookingId))], never);
      await eventually('the batch has loaded', () => loading);
      const replay = held.replays.replay(head?.id ?? '', press);
      const first = await Promise.race([replay.then(() => 'replay'), delay(500).then(() => 'nobody')]);
      hold = undefined;
      resolve();
      await batch;
      const result = await replay;
      assert.equal(first, 'nobody', 'the replay went on beside the batch');
      assert.ok(result.kind === 'replayed' && result.released === 1);
      assert.deepEqual(await held.query('select from blocked_keys'), []);
    } finally {
      await held.close();
    }
  });

  it('goes on after the process died between two of a queue', async () => {
    const bookingId = brokenBooking();
    await process(commandFor(bookingId), commandFor(bookingId), commandFor(bookingId));
    undecidable.delete(bookingId);
    const [head] = await deadLetters(bookingId);
    // What a process leaves that dies right after the head's COMMIT.
    await own.query(
      `update dead_letters set status = 'replayed', closed_at = now() where id = '${head?.id}'`,
    );
    own.replays.background.start();
    await eventually('those behind it are handled', async () => (await repliesAbout(bookingId)).length === 2);
    await own.replays.background.stop();
    assert.ok((await deadLetters(bookingId)).every(({ status }) => status === 'replayed'));
  });

  it('that is only tried changes nothing, and says what would be decided', async () => {
    const bookingId = brokenBooking();
    await process(commandFor(bookingId), commandFor(bookingId));
    const [head, second] = await deadLetters(bookingId);
    assert.equal((await own.replays.dryRun(head?.id ?? '')).kind, 'failed');
    undecidable.delete(bookingId);
    for (const deadLetter of [head, second]) {
      const result = await own.replays.dryRun(deadLetter?.id ?? '');
      assert.ok(result.kind === 'replayed' && result.outcome.result === 'decided');
      assert.equal(result.outcome.caused[0]?.type, 'RoomsKept');
    }
    assert.deepEqual(
      (await deadLetters(bookingId)).map(({ status, attempts }) => [status, attempts]),
      [
        ['parked', 1],
        ['parked', 0],
      ],
    );
    assert.deepEqual(await repliesAbout(bookingId), []);
  });

  it('of data that still breaks the transaction is counted, and changes nothing else', async () => {
    const bookingId = someBooking();
    await own.query(`insert into counters values ('${bookingId}', 1, 0, '{}', 99)`);
    await process(commandFor(bookingId));
    const [head] = await deadLetters(bookingId);
    const result = await own.replays.replay(head?.id ?? '', press);
    assert.deepEqual([result.kind, 'reason' in result && result.reason], ['failed', 'data-error']);
    assert.deepEqual(
      (await deadLetters(bookingId)).map(({ status, reason, attempts }) => [status, reason, attempts]),
      [['parked', 'data-error', 2]],
    );
  });
});

describe('a discard', () => {
  it('releases those behind it, and forgets the message, so that the same one sent again is taken', async () => {
    const bookingId = brokenBooking();
    const first = commandFor(bookingId);
    await process(first, commandFor(bookingId));
    undecidable.delete(bookingId);
    const [head] = await deadLetters(bookingId);
    assert.deepEqual(
      await own.replays.discard(head?.id ?? '', { by: 'ada', reason: 'the booking is gone' }),
      {
        kind: 'discarded',
        released: 1,
      },
    );
    assert.equal((await own.replays.replay(head?.id ?? '', press)).kind, 'closed');
    assert.deepEqual(await repliesAbout(bookingId), ['RoomsKept']);
    await process(first);
    assert.deepEqual(await repliesAbout(bookingId), ['RoomsKept', 'RoomsKept']);
  });

  it('of an unknown message says so', async () => {
    assert.equal((await own.replays.discard(someBooking(), press)).kind, 'unknown');
  });
});
