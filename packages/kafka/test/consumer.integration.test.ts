/** The consumer on a real Kafka: what was not committed in the database comes again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../src/kafkajs/client.ts';
import { createConsumer } from '../src/kafkajs/consumer.ts';
import type { BatchConsumer } from '../src/port.ts';
import { lagOf } from '../src/admin/offsets.ts';
import { sendRecords } from '../src/kafkajs/send.ts';
import { newId } from '@sagakit/resilience/ids';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { quiet } from '@sagakit/resilience/log';
import type { KafkaConnection } from '../src/connection.ts';
import { breakableWayTo } from './breakable-way.ts';

const TOPIC = 'sagas.events';
/** Of the consumer: kafkajs drops a member that is not heard of for so long. */
const SESSION_MS = 10_000;
const kafka = kafkaAs('test');

/**
 * Why consumers asked for their end: none should. Asserted in a test, since nobody hears what is thrown in a
 * callback.
 */
const deaths: string[] = [];

function consumerOf(
  groupId: string,
  onBatch: (values: string[]) => Promise<void>,
  { batchDelayMs = 0, own }: { batchDelayMs?: number; own?: KafkaConnection } = {},
): BatchConsumer {
  return createConsumer({
    partitionCount: 3,
    batchDelay: () => batchDelayMs,
    kafka: own ?? kafka,
    ownsClientId: own !== undefined,
    groupId,
    topics: [TOPIC],
    onBatch: (records) => onBatch(records.map(({ value }) => value?.toString('utf8') ?? '')),
    onDead: ({ message }) => deaths.push(message),
    log: quiet,
  });
}

/** A process that has joined. */
async function member(clientId: string, groupId: string) {
  const script = new URL('./member.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(kafkaAs(clientId)), groupId, TOPIC], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** By client id. */
async function membersOf(groupId: string): Promise<Record<string, string>> {
  const admin = connect(kafka, quiet).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([groupId]).finally(() => admin.disconnect());
  const members = groups.flatMap((group) => group.members);
  return Object.fromEntries(members.map(({ clientId, memberId }) => [clientId, memberId]));
}

describe('the consumer', () => {
  afterEach(() => assert.deepEqual(deaths, []));

  it('commits offsets after the work, so that what was in hand when a process died comes again', async () => {
    const groupId = `test-${newId()}`;
    const marks = Array.from({ length: 20 }, () => newId());
    await sendRecords(
      kafka,
      marks.map((mark) => ({ topic: TOPIC, key: mark, value: mark, headers: {} })),
    );
    const { promise: never, resolve: release } = Promise.withResolvers<void>();
    const inHand: string[] = [];
    const first = consumerOf(groupId, async (values) => {
      inHand.push(...values.filter((value) => marks.includes(value)));
      await never;
      throw new Error('the process died here');
    });
    await first.start();
    await eventually('they are in hand', () => inHand.length > 0, { withinMs: 20_000 });
    await delay(1_200); // longer than offsets wait to be committed
    assert.ok(
      (await lagOf(kafka, groupId, [TOPIC])) >= marks.length,
      'offsets were committed before the work',
    );
    const stopping = first.stop();
    release();
    await stopping;

    const again = new Set<string>();
    const second = consumerOf(groupId, async (values) => values.forEach((value) => again.add(value)));
    await second.start();
    try {
      await eventually('all come again', () => marks.every((mark) => again.has(mark)), { withinMs: 20_000 });
      await eventually('then they are committed', async () => (await lagOf(kafka, groupId, [TOPIC])) === 0);
    } finally {
      await second.stop();
    }
  });

  it('with a batch delay takes what comes meanwhile as one batch, and does not wait when it is stopped', async () => {
    const batchDelayMs = 6_000; // longer than five sends take on a busy machine
    const marks = Array.from({ length: 6 }, () => newId());
    const send = (mark: string | undefined) =>
      sendRecords(kafka, [{ topic: TOPIC, key: String(mark), value: String(mark), headers: {} }]);
    const batches: string[][] = [];
    const consumer = consumerOf(
      `test-${newId()}`,
      async (values) => {
        const mine = values.filter((value) => marks.includes(value));
        if (mine.length > 0) batches.push(mine);
      },
      { batchDelayMs },
    );
    const [first, ...rest] = marks;
    await send(first);
    await consumer.start();
    await eventually('the first is taken', () => batches.length > 0, { withinMs: 20_000 });
    for (const mark of rest) await send(mark);
    await eventually('so are the others', () => batches.flat().length === marks.length, { withinMs: 20_000 });
    assert.equal(batches.length, 2);
    const began = Date.now();
    await consumer.stop();
    // It had just begun to batchDelay: all but a moment would be left.
    assert.ok(Date.now() - began < batchDelayMs / 2);
  });

  it('keeps its place in the group through a batch that takes longer than a session', async () => {
    const groupId = `test-${newId()}`;
    const mark = newId();
    let times = 0;
    const consumer = consumerOf(groupId, async (values) => {
      if (!values.includes(mark)) return;
      times++;
      await delay(SESSION_MS + 2_000);
    });
    await sendRecords(kafka, [{ topic: TOPIC, key: mark, value: mark, headers: {} }]);
    await consumer.start();
    try {
      await eventually(
        'it is handled and committed',
        async () => times > 0 && (await lagOf(kafka, groupId, [TOPIC])) === 0,
        {
          withinMs: 40_000,
          everyMs: 200,
        },
      );
      assert.equal(times, 1, 'it lost its place, and the batch came again');
      assert.equal(consumer.state(), 'joined');
    } finally {
      await consumer.stop();
    }
  });

  it('loses nothing when another joins while a batch is in hand', async () => {
    const groupId = `test-${newId()}`;
    const marks = Array.from({ length: 60 }, () => newId());
    const seen = new Set<string>();
    const handle = (ms: number) => async (values: string[]) => {
      await delay(ms);
      for (const value of values) seen.add(value);
    };
    const send = (from: number, to: number) =>
      sendRecords(
        kafka,
        marks.slice(from, to).map((mark) => ({ topic: TOPIC, key: mark, value: mark, headers: {} })),
      );
    await send(0, 30);
    const [first, second] = [consumerOf(groupId, handle(3_000)), consumerOf(groupId, handle(0))];
    await first.start();
    await eventually('the first has joined', () => first.state() === 'joined', { withinMs: 20_000 });
    await second.start();
    await send(30, 60);
    try {
      await eventually(
        'both share the partitions',
        () => second.partitions().size > 0 && first.partitions().size > 0,
        {
          withinMs: 40_000,
        },
      );
      await eventually('all are handled by somebody', () => marks.every((mark) => seen.has(mark)), {
        withinMs: 40_000,
      });
      await eventually('and committed', async () => (await lagOf(kafka, groupId, [TOPIC])) === 0, {
        withinMs: 20_000,
      });
    } finally {
      await first.stop();
      await second.stop();
    }
  });

  it('takes the place of one of its name that was killed, does not wait for its session, and lets others be', async () => {
    const groupId = `test-${newId()}`;
    const [name, other] = ['replica-1', 'replica-2'];
    const predecessor = await member(name, groupId);
    const beside = consumerOf(groupId, async () => {}, { own: kafkaAs(other) });
    const successor = consumerOf(groupId, async () => {}, { own: kafkaAs(name) });
    try {
      await beside.start();
      await eventually('both share the partitions', () => beside.partitions().size < 3, { withinMs: 20_000 });
      const before = await membersOf(groupId);
      assert.deepEqual(Object.keys(before).toSorted(), [name, other]);
      await predecessor.kill();
      const began = performance.now();
      await successor.start();
      const tookMs = performance.now() - began;
      assert.ok(tookMs < SESSION_MS / 2, `it waited for ${tookMs.toFixed(0)} ms`);
      const after = await membersOf(groupId);
      assert.deepEqual(Object.keys(after).toSorted(), [name, other]);
      assert.equal(after[other], before[other], 'who lives had to join anew');
      assert.notEqual(after[name], before[name]);
    } finally {
      await Promise.all([beside.stop(), successor.stop()]);
    }
  });

  it('takes the place of what it was when it lost the broker, and does not wait for its own session', async () => {
    const groupId = `test-${newId()}`;
    const name = 'replica-1';
    const way = await breakableWayTo(kafkaAs(name));
    const consumer = consumerOf(groupId, async () => {}, { own: way.kafka });
    try {
      await consumer.start();
      await eventually('all is read', async () => (await lagOf(kafka, groupId, [TOPIC])) === 0);
      const before = await membersOf(groupId);
      const began = performance.now();
      // With a heartbeat due, and no connection to send it by, kafkajs gives up its membership.
      way.freeze();
      await delay(1_300);
      way.close();
      await eventually('it begins anew, in vain', () => way.turnedAway() >= 4);
      assert.equal(consumer.state(), 'away');
      way.open();
      await eventually('it has joined', () => consumer.state() === 'joined');
      const tookMs = performance.now() - began;
      assert.ok(tookMs < SESSION_MS * 0.6, `it waited for ${tookMs.toFixed(0)} ms`);
      const after = await membersOf(groupId);
      assert.deepEqual(Object.keys(after), [name]);
      assert.notEqual(after[name], before[name], 'it never lost its place');
    } finally {
      await consumer.stop();
      await way.remove();
    }
  });
});
