/** The small pure parts of the runtime. */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InventoryReserved, ReserveInventory } from '@order-saga/contracts/inventory';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { isTransient } from '@sagakit/postgres/database-errors';
import { decide, ignore } from '../src/aggregate/decision.ts';
import { groupCommit, OverloadError } from '@sagakit/resilience/group-commit';
import { fixedBatchDelay, adaptiveBatchDelay, delayBatch } from '@sagakit/resilience/batch-delay';
import { partitionsOf } from '@sagakit/kafka/co-partitioning-assignor';
import { handleRow } from '../src/aggregate/participant.ts';
import { newId } from '@sagakit/resilience/ids';
import { backoffMs, retry } from '@sagakit/resilience/retry';
import { createIdentityMap, type Row } from '../src/aggregate/rows.ts';
import { contextOf, rootContext, toEnvelope } from '../src/to-envelope.ts';
import { formatTraceparent, newTraceparent, parseTraceparent } from '../src/trace.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const lines = [{ sku: 'SKU-0001' as Sku, quantity: 1 }];
const now = new Date('2026-01-01T00:00:00Z');

describe('ids', () => {
  it('are version 7 UUIDs that sort by time', () => {
    const ids = Array.from({ length: 2_000 }, (_, at) => newId(1_700_000_000_000 + at));
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(Array.from({ length: 10_000 }, () => newId(0))).size, 10_000);
  });
});

describe('sealing', () => {
  const cause = { id: 'm-1', correlationid: 'story', hops: 3, sagaid: 's-1', traceparent: newTraceparent() };
  it('carries the story on: correlation, causation, saga, trace, one hop more', () => {
    const sealed = toEnvelope(InventoryReserved({ orderId, lines }), cause, {
      writer: { source: '/inventory', catalogue },
      sequence: 12,
      now,
    });
    assert.equal(sealed.correlationid, 'story');
    assert.equal(sealed.causationid, 'm-1');
    assert.equal(sealed.sagaid, 's-1');
    assert.equal(sealed.hops, 4);
    assert.equal(sealed.sequence, '0000000012');
    assert.equal(sealed.subject, orderId);
    assert.equal(sealed.dataschema, 'urn:order-saga:schemas:InventoryReserved:1.0');
    assert.equal(parseTraceparent(sealed.traceparent)?.traceId, parseTraceparent(cause.traceparent)?.traceId);
    assert.notEqual(sealed.traceparent, cause.traceparent);
    assert.deepEqual(contextOf(sealed).id, sealed.id);
  });
  it('begins a story at hop 0, caused by nobody', () => {
    const sealed = toEnvelope(InventoryReserved({ orderId, lines }), rootContext('story', newTraceparent()), {
      writer: { source: '/x', catalogue },
      sequence: 1,
      now,
    });
    assert.equal(sealed.hops, 0);
    assert.equal('causationid' in sealed, false);
  });
  it('refuses to write what the schema does not allow', () => {
    assert.throws(
      () =>
        toEnvelope(InventoryReserved({ orderId, lines: [] }), cause, { writer: { source: '/x', catalogue }, sequence: 1, now }),
      /Too small/,
    );
  });
});

describe('a row of a participant', () => {
  type State = { asked: number };
  const row: Row<State> = { key: orderId, version: 4, sequence: 6, answers: {}, state: { asked: 0 } };
  const command = toEnvelope(ReserveInventory({ orderId, lines }), rootContext('story', newTraceparent()), {
    writer: { source: '/s', catalogue },
    sequence: 1,
    now,
  });
  const incoming = { message: command, cause: contextOf(command) };
  const kept: Row<State>[] = [];
  const options = {
    writer: { source: '/inventory', catalogue },
    now,
    decide: (state: State | undefined) =>
      decide<State>({ asked: (state?.asked ?? 0) + 1 }, [InventoryReserved({ orderId, lines })]),
    keep: (next: Row<State>) => void kept.push(next),
  };

  it('gives its messages the next sequence numbers and remembers its answer', () => {
    const { messages } = handleRow(row, incoming, options);
    assert.equal(messages[0]?.sequence, '0000000007');
    assert.equal(kept[0]?.sequence, 7);
    assert.equal(kept[0]?.answers['InventoryReserved'], messages[0]);
  });
  it('answers the same command again with the same message, unchanged, and decides nothing', () => {
    const answered = {
      ...row,
      answers: {
        InventoryReserved: toEnvelope(InventoryReserved({ orderId, lines }), contextOf(command), {
          writer: { source: '/i', catalogue },
          sequence: 7,
          now,
        }),
      },
    };
    const outcome = handleRow(answered, incoming, { ...options, decide: () => assert.fail('decided again') });
    assert.equal(outcome.messages[0], answered.answers.InventoryReserved);
  });
  it('keeps nothing of what is ignored', () => {
    const before = kept.length;
    const outcome = handleRow(row, incoming, { ...options, decide: () => ignore('still-at-work') });
    assert.equal(outcome.ignored, 'still-at-work');
    assert.equal(kept.length, before);
  });
  it('keeps nothing of a decision whose message cannot be written', () => {
    const before = kept.length;
    assert.throws(
      () =>
        handleRow(row, incoming, {
          ...options,
          decide: () => decide<State>({ asked: 9 }, [InventoryReserved({ orderId, lines: [] })]),
        }),
      /Too small/,
    );
    assert.equal(kept.length, before);
  });
});

describe('the rows of a batch', () => {
  it('are saved once each, against the version that was loaded', () => {
    const rows = createIdentityMap<number>([{ key: 'a', version: 5, sequence: 0, answers: {}, state: 1 }]);
    rows.set({ ...rows.get('a'), state: 2 });
    rows.set({ ...rows.get('a'), state: 3 });
    rows.set({ ...rows.get('new'), state: 1 });
    assert.deepEqual(
      rows.changed().map(({ key, expected, version, state }) => ({ key, expected, version, state })),
      [
        { key: 'a', expected: 5, version: 6, state: 3 },
        { key: 'new', expected: 0, version: 1, state: 1 },
      ],
    );
  });
});

describe('group commit', () => {
  it('gathers what comes during a run into the next one', async () => {
    const runs: number[][] = [];
    let release: () => void = () => {};
    const group = groupCommit<number, number>({
      maxItems: 10,
      maxWaiting: 100,
      async run(items) {
        runs.push(items);
        if (runs.length === 1) await new Promise<void>((resolve) => (release = resolve));
        return items.map((item) => item * 2);
      },
    });
    const first = group.submit(1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const others = [2, 3, 4].map((item) => group.submit(item));
    release();
    assert.deepEqual(await Promise.all([first, ...others]), [2, 4, 6, 8]);
    assert.deepEqual(runs, [[1], [2, 3, 4]]);
  });
  it('that lingers lets what comes meanwhile join, also the first time', async () => {
    const runs: number[][] = [];
    const group = groupCommit<number, number>({
      maxItems: 10,
      maxWaiting: 100,
      batchDelay: (taken) => (taken === 0 ? 50 : 0),
      async run(items) {
        runs.push(items);
        return items;
      },
    });
    const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const first = group.submit(1);
    await turn();
    assert.deepEqual(runs, []);
    const second = group.submit(2);
    assert.deepEqual(await Promise.all([first, second]), [1, 2]);
    assert.deepEqual(runs, [[1, 2]]);
  });
  it('rejects one caller alone where its answer is an error', async () => {
    const group = groupCommit<number, number>({
      maxItems: 9,
      maxWaiting: 9,
      run: async (items) => items.map((i) => (i === 2 ? new Error('two') : i)),
    });
    const [one, two] = await Promise.allSettled([group.submit(1), group.submit(2)]);
    assert.equal(one.status, 'fulfilled');
    assert.equal(two.status, 'rejected');
  });
  it('refuses when too many wait', async () => {
    const group = groupCommit<number, number>({ maxItems: 1, maxWaiting: 2, run: () => new Promise(() => {}) });
    void group.submit(1);
    void group.submit(2);
    await assert.rejects(group.submit(3), OverloadError);
  });
  it('does not run what has waited too long, and tells its caller', async () => {
    const runs: number[][] = [];
    let release: () => void = () => {};
    const group = groupCommit<number, number>({
      maxItems: 9,
      maxWaiting: 9,
      maxWaitMs: 20,
      async run(items) {
        runs.push(items);
        if (runs.length === 1) await new Promise<void>((resolve) => (release = resolve));
        return items;
      },
    });
    const first = group.submit(1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const late = assert.rejects(group.submit(2), OverloadError);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const inTime = group.submit(3);
    release();
    await late;
    assert.deepEqual([await first, await inTime], [1, 3]);
    assert.deepEqual(runs, [[1], [3]]);
  });
});

describe('retrying', () => {
  it('waits longer each time, up to a bound', () => {
    const waits = [1, 2, 3, 4, 20].map((attempt) => backoffMs({ initialMs: 100, maxMs: 1_000 }, attempt, () => 1));
    assert.deepEqual(waits, [100, 200, 400, 800, 1_000]);
    assert.equal(
      backoffMs({ initialMs: 100, maxMs: 1_000 }, 1, () => 0),
      50,
    );
  });
  it('ends with an error that trying again cannot mend', async () => {
    let calls = 0;
    const work = () => {
      calls++;
      return Promise.reject(Object.assign(new Error('invalid text'), { code: '22P02' }));
    };
    await assert.rejects(retry(work, { retryable: isTransient, backoff: { initialMs: 1, maxMs: 1 } }), { code: '22P02' });
    assert.equal(calls, 1);
  });
});

describe('partitions', () => {
  it('of one number go to one replica, and every number to somebody', () => {
    for (const members of [1, 2, 3, 4]) {
      const given = Array.from({ length: members }, (_, member) => partitionsOf(member, members, [0, 1, 2]));
      assert.deepEqual(given.flat().sort(), [0, 1, 2]);
    }
  });
});

describe('trace context', () => {
  it('is read and written as W3C says', () => {
    const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const context = parseTraceparent(text);
    assert.ok(context);
    assert.equal(formatTraceparent(context), text);
    assert.equal(parseTraceparent('00-0-0-00'), undefined);
    assert.match(newTraceparent(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});

describe('lingering', () => {
  it('by load: hardly after a few messages, longer after more, bounded', () => {
    assert.deepEqual([0, 1, 5, 12, 500].map(adaptiveBatchDelay), [0, 1, 5, 12, 12]);
  });
  it('that is always as long', () => {
    assert.deepEqual([0, 1, 500].map(fixedBatchDelay(100)), [100, 100, 100]);
  });
  it('ends when it is aborted, not before', async () => {
    const stopping = new AbortController();
    let ended = false;
    const resting = delayBatch(5_000, stopping.signal).then(() => void (ended = true));
    const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await turn();
    assert.equal(ended, false);
    stopping.abort();
    await turn();
    assert.equal(ended, true);
    await resting;
  });
});
