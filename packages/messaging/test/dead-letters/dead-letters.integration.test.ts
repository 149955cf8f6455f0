/** Parked messages: what waits behind them, what a replay does, and what it must not do. On a real Postgres. */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ReleaseInventory } from '@order-saga/contracts/inventory';
import type { OrderId } from '@order-saga/contracts/values';
import { findDeadLetter } from '../../src/dead-letters/dead-letters.ts';
import { eventually } from '@sagakit/testing/eventually';
import { never, messagesOf } from '@sagakit/testing/participant';
import { commandFor, counterUnit, type Fixture, fixture, someOrder, UNDECIDABLE, undecidable } from '../runtime-fixture.ts';

const { recordOf } = messagesOf(catalogue, 'inventory.commands');

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
const count = async (orderId: OrderId) =>
  (await own.query<{ count: number }>(`select count from counters where key = '${orderId}'`))[0]?.count;
const answers = async (orderId: OrderId) =>
  (
    await own.query<{ type: string }>(`select message::json ->> 'type' as type from outbox where key = '${orderId}' order by id`)
  ).map(({ type }) => type);
type Letter = { id: string; status: string; reason: string; attempts: number };
const letters = (key: string) =>
  own.query<Letter>(
    `select id, status, reason, attempts from dead_letters where key = convert_to('${key}', 'UTF8') order by place`,
  );
const blocked = async () => Number((await own.query<{ n: string }>('select count(*) as n from blocked_keys'))[0]?.n);
const brokenOrder = () => {
  const orderId = someOrder();
  undecidable.add(orderId);
  return orderId;
};

describe('behind a parked message', () => {
  it('later messages of its key wait, in the same batch and in later ones; other keys go on', async () => {
    const [bad, good] = [brokenOrder(), someOrder()];
    await process(commandFor(bad), commandFor(good), commandFor(bad));
    undecidable.delete(bad); // from here on it could be handled; its place in the queue counts all the same
    await process(commandFor(bad), commandFor(good));
    assert.deepEqual(
      (await letters(bad)).map(({ reason, attempts }) => [reason, attempts]),
      [
        ['decision-failed', 1],
        ['waits-behind', 0],
        ['waits-behind', 0],
      ],
    );
    assert.equal(await count(bad), undefined);
    assert.equal(await count(good), 1);
    assert.deepEqual(await answers(good), ['InventoryCommitted', 'InventoryCommitted']);
  });

  it('what the data breaks blocks its key too, however its batch was halved', async () => {
    const culprit = someOrder();
    await own.query(`insert into counters values ('${culprit}', 1, 0, '{}', 99)`); // one more breaks a CHECK
    const others = Array.from({ length: 6 }, someOrder);
    await process(
      ...others.slice(0, 3).map((id) => commandFor(id)),
      commandFor(culprit),
      commandFor(culprit),
      ...others.slice(3).map((id) => commandFor(id)),
    );
    assert.deepEqual(
      (await letters(culprit)).map(({ reason }) => reason),
      ['data-error', 'waits-behind'],
    );
    for (const orderId of others) assert.equal(await count(orderId), 1);
  });

  it('an undo does not wait: it is acknowledged, and the do that comes after it is another story', async () => {
    const orderId = brokenOrder();
    await process(commandFor(orderId));
    await process(commandFor(orderId, ReleaseInventory));
    assert.deepEqual(await answers(orderId), ['InventoryReleased']);
    assert.equal((await letters(orderId)).length, 1);
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
    const orderId = brokenOrder();
    await process(commandFor(orderId), commandFor(orderId), commandFor(orderId));
    const [head, second] = await letters(orderId);
    assert.ok(head && second);

    assert.deepEqual(await own.replays.replay(second.id, press), { kind: 'waits', behind: head.id });
    const failed = await own.replays.replay(head.id, press);
    assert.deepEqual([failed.kind, 'reason' in failed && failed.reason], ['failed', 'decision-failed']);

    undecidable.delete(orderId);
    const result = await own.replays.replay(head.id, press);
    assert.ok(result.kind === 'replayed' && result.outcome.result === 'decided');
    assert.deepEqual(
      result.outcome.caused.map(({ type }) => type),
      ['InventoryCommitted'],
    );
    assert.equal(result.released, 2);
    assert.deepEqual(await answers(orderId), ['InventoryCommitted', 'InventoryCommitted', 'InventoryCommitted']);
    assert.equal(await count(orderId), 1, 'a command that is sent again gets the same answer');
    assert.deepEqual(
      (await letters(orderId)).map(({ status, attempts }) => [status, attempts]),
      [
        ['replayed', 3],
        ['replayed', 1],
        ['replayed', 1],
      ],
    );
    await process(commandFor(orderId));
    assert.equal((await letters(orderId)).length, 3, 'the key is free again');

    const { actions } = (await findDeadLetter(own.pool, head.id)) ?? { actions: [] };
    assert.deepEqual(
      actions.map(({ by, action, reason, outcome }) => [by, action, reason, outcome]),
      [
        ['ada', 'replay', press.reason, 'still parked: decision-failed'],
        ['ada', 'replay', press.reason, 'decided: InventoryCommitted'],
      ],
    );
  });

  it('pressed twice, at once even, takes effect once', async () => {
    const orderId = brokenOrder();
    await process(commandFor(orderId));
    undecidable.delete(orderId);
    const [head] = await letters(orderId);
    const results = await Promise.all([1, 2, 3].map(() => own.replays.replay(head?.id ?? '', press)));
    assert.deepEqual(results.map(({ kind }) => kind).toSorted(), ['closed', 'closed', 'replayed']);
    assert.deepEqual(await answers(orderId), ['InventoryCommitted']);
  });

  it('stops at the next that fails', async () => {
    const orderId = brokenOrder();
    await process(commandFor(orderId));
    await process('{"half'.padEnd(20)); // another key: it is none of this queue
    const broken = recordOf('{"broken', orderId);
    await own.processor.process([broken], never);
    await process(commandFor(orderId));
    undecidable.delete(orderId);
    const [head] = await letters(orderId);
    const result = await own.replays.replay(head?.id ?? '', press);
    assert.equal(result.kind === 'replayed' && result.released, 0);
    assert.deepEqual(
      (await letters(orderId)).map(({ status, reason }) => [status, reason]),
      [
        ['replayed', 'decision-failed'],
        ['parked', 'not-json'],
        ['parked', 'waits-behind'],
      ],
    );
  });

  it('under load loses nothing and overtakes nothing', async () => {
    const orderId = brokenOrder();
    await own.query(`insert into counters values ('${orderId}', 1, 0, '{}', 0)`);
    await process(commandFor(orderId));
    undecidable.delete(orderId);
    const [head] = await letters(orderId);
    // Batches of the key come while its queue is being drained, each from another connection.
    const load = Array.from({ length: 30 }, () => process(commandFor(orderId)));
    const replayed = own.replays.replay(head?.id ?? '', press);
    await Promise.all([...load, replayed]);
    own.replays.background.start();
    await eventually('the queue is empty', async () => {
      const open = (await letters(orderId)).filter(({ status }) => status === 'parked');
      return open.length === 0;
    });
    await own.replays.background.stop();
    assert.equal((await answers(orderId)).length, 31);
    assert.equal((await own.query(`select from blocked_keys where key = convert_to('${orderId}', 'UTF8')`)).length, 0);
  });

  it('waits for a batch that is about to park one more message of the key', async () => {
    let hold: Promise<void> | undefined;
    let loading = false;
    const held = await fixture(
      counterUnit({
        async afterLoad() {
          if (loading) return; // only the batch is held, not the replay
          loading = true;
          await hold;
        },
      }),
    );
    try {
      const orderId = brokenOrder();
      await held.processor.process([recordOf(commandFor(orderId))], never);
      undecidable.delete(orderId);
      const [head] = await held.query<Letter>('select id from dead_letters');
      const { promise, resolve } = Promise.withResolvers<void>();
      hold = promise;
      loading = false;
      // The batch has seen that the key is blocked, and has not committed yet.
      const batch = held.processor.process([recordOf(commandFor(orderId))], never);
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
    const orderId = brokenOrder();
    await process(commandFor(orderId), commandFor(orderId), commandFor(orderId));
    undecidable.delete(orderId);
    const [head] = await letters(orderId);
    // What a process leaves that dies right after the head's COMMIT.
    await own.query(`update dead_letters set status = 'replayed', closed_at = now() where id = '${head?.id}'`);
    own.replays.background.start();
    await eventually('those behind it are handled', async () => (await answers(orderId)).length === 2);
    await own.replays.background.stop();
    assert.ok((await letters(orderId)).every(({ status }) => status === 'replayed'));
  });

  it('that is only tried changes nothing, and says what would be decided', async () => {
    const orderId = brokenOrder();
    await process(commandFor(orderId), commandFor(orderId));
    const [head, second] = await letters(orderId);
    assert.equal((await own.replays.dryRun(head?.id ?? '')).kind, 'failed');
    undecidable.delete(orderId);
    for (const letter of [head, second]) {
      const result = await own.replays.dryRun(letter?.id ?? '');
      assert.ok(result.kind === 'replayed' && result.outcome.result === 'decided');
      assert.equal(result.outcome.caused[0]?.type, 'InventoryCommitted');
    }
    assert.deepEqual(
      (await letters(orderId)).map(({ status, attempts }) => [status, attempts]),
      [
        ['parked', 1],
        ['parked', 0],
      ],
    );
    assert.deepEqual(await answers(orderId), []);
  });

  it('of data that still breaks the transaction is counted, and changes nothing else', async () => {
    const orderId = someOrder();
    await own.query(`insert into counters values ('${orderId}', 1, 0, '{}', 99)`);
    await process(commandFor(orderId));
    const [head] = await letters(orderId);
    const result = await own.replays.replay(head?.id ?? '', press);
    assert.deepEqual([result.kind, 'reason' in result && result.reason], ['failed', 'data-error']);
    assert.deepEqual(
      (await letters(orderId)).map(({ status, reason, attempts }) => [status, reason, attempts]),
      [['parked', 'data-error', 2]],
    );
  });
});

describe('a discard', () => {
  it('releases those behind it, and forgets the message, so that the same one sent again is taken', async () => {
    const orderId = brokenOrder();
    const first = commandFor(orderId);
    await process(first, commandFor(orderId));
    undecidable.delete(orderId);
    const [head] = await letters(orderId);
    assert.deepEqual(await own.replays.discard(head?.id ?? '', { by: 'ada', reason: 'the order is gone' }), {
      kind: 'discarded',
      released: 1,
    });
    assert.equal((await own.replays.replay(head?.id ?? '', press)).kind, 'closed');
    assert.deepEqual(await answers(orderId), ['InventoryCommitted']);
    await process(first);
    assert.deepEqual(await answers(orderId), ['InventoryCommitted', 'InventoryCommitted']);
  });

  it('of an unknown message says so', async () => {
    assert.equal((await own.replays.discard(someOrder(), press)).kind, 'unknown');
  });
});
