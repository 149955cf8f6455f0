/**
 * A reader on a real Kafka, whatever a topic holds and whoever wrote it: it gets all there is, and knows when
 * it has.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import type { Admin } from 'kafkajs';
import { connect } from '../src/kafkajs/client.ts';
import { createConsumer } from '../src/kafkajs/consumer.ts';
import type { BatchConsumer } from '../src/port.ts';
import { lagOf, resetOffsets } from '../src/admin/offsets.ts';
import { sendRecords } from '../src/kafkajs/send.ts';
import { endOffsets, tailTopics } from '../src/admin/tail.ts';
import { quiet } from '@sagakit/resilience/log';
import { newId } from '@sagakit/resilience/ids';

/** No service reads it. */
const TOPIC = 'guests.events';
const PARTITIONS = 3;
const kafka = kafkaAs('test');

async function foreign(end: 'abort' | 'leave-open', records: string[]): Promise<void> {
  const script = new URL('./foreign-producer.ts', import.meta.url).pathname;
  const texts = records.flatMap((record) => [record, record]);
  const child = spawn(process.execPath, [script, JSON.stringify(kafkaAs('foreign')), TOPIC, end, ...texts], {
    stdio: 'inherit',
  });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
}

const send = (records: string[]) =>
  sendRecords(
    kafka,
    records.map((record) => ({ topic: TOPIC, key: record, value: record, headers: {} })),
  );

async function asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = connect(kafka, quiet).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const removeRecords = () =>
  asAdmin(async (admin) => {
    const partitions = (await admin.fetchTopicOffsets(TOPIC)).map(({ partition, high }) => ({
      partition,
      offset: high,
    }));
    await admin.deleteTopicRecords({ topic: TOPIC, partitions });
  });

async function removeTopic(): Promise<void> {
  await asAdmin(async (admin) => {
    await admin.deleteTopics({ topics: [TOPIC] });
    await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(TOPIC), {
      everyMs: 100,
    });
  });
}

// Not kafkajs' waitForLeaders: it throws where the broker has not heard of the topic yet.
const makeTopic = () =>
  asAdmin(async (admin) => {
    const topics = [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1 }];
    await admin.createTopics({ waitForLeaders: false, topics });
    await eventually('its partitions have leaders', async () => {
      const known = await admin.fetchTopicMetadata({ topics: [TOPIC] }).catch(() => undefined);
      return known?.topics[0]?.partitions.length === PARTITIONS;
    });
  });

type Reader = { consumer: BatchConsumer; values: string[] };

/** `work` gets a running reader that has caught up. */
async function reading<T>(groupId: string, work: (reader: Reader) => Promise<T>): Promise<T> {
  const values: string[] = [];
  const consumer = createConsumer({
    partitionCount: 3,
    kafka,
    groupId,
    topics: [TOPIC],
    onBatch: async (records) =>
      void values.push(...records.map(({ value }) => value?.toString('utf8') ?? '')),
    onDead: (error) => assert.fail(error),
    log: quiet,
  });
  await consumer.start();
  try {
    await caughtUp({ consumer, values });
    return await work({ consumer, values });
  } finally {
    await consumer.stop();
  }
}

async function unreadBy(consumer: BatchConsumer): Promise<number> {
  return [...(await consumer.lag()).values()].reduce((sum, messages) => sum + messages, 0);
}

/** All that was written before this moment is handled, and nothing is said to wait. */
async function caughtUp({ consumer }: Reader): Promise<void> {
  const since = performance.now();
  await eventually(
    'it has caught up',
    () => consumer.caughtUp() && consumer.readAgoMs() < performance.now() - since,
    {
      withinMs: 20_000,
      seen: () => ({ state: consumer.state(), readAgoMs: consumer.readAgoMs() }),
    },
  );
  assert.equal(await unreadBy(consumer), 0);
}

/** To those who look from outside too. */
const nothingLeft = (groupId: string) =>
  eventually('its offsets say so', async () => (await lagOf(kafka, groupId, [TOPIC])) === 0, {
    withinMs: 10_000,
  });

describe('a reader', () => {
  it('passes the marker of an aborted transaction at the end, and reads what comes behind it', async () => {
    const groupId = `test-${newId()}`;
    const [aborted, later] = [newId(), newId()];
    await reading(groupId, async (reader) => {
      const before = reader.consumer.handled();
      await foreign('abort', [aborted]);
      await caughtUp(reader);
      assert.ok(reader.consumer.handled() > before);
      await nothingLeft(groupId);
    });
    // It begins at the marker: nothing will ever come of it.
    await resetOffsets(kafka, groupId, [TOPIC]);
    await reading(groupId, async (reader) => {
      await send([later]);
      await eventually('it goes on', () => reader.values.includes(later));
      await caughtUp(reader);
      assert.equal(reader.values.filter((value) => value === aborted).length, 1);
    });
    await nothingLeft(groupId);
  });

  it('is not held by a transaction that a process left open', async () => {
    const groupId = `test-${newId()}`;
    const open = Array.from({ length: 6 }, () => newId());
    const behind = Array.from({ length: 6 }, () => newId());
    await foreign('leave-open', open);
    await send(behind);
    await reading(groupId, async (reader) => {
      assert.deepEqual(reader.values.filter((value) => behind.includes(value)).toSorted(), behind.toSorted());
      const later = newId();
      await send([later]);
      await eventually('it goes on', () => reader.values.includes(later), { withinMs: 5_000 });
      await caughtUp(reader);
    });
    await nothingLeft(groupId);
    const told: string[] = [];
    const tail = await tailTopics(kafka, {
      topics: [TOPIC],
      fromBeginning: true,
      onMessage: ({ key }) => told.push(key ?? ''),
      log: quiet,
    });
    await eventually('people see it too', () => behind.every((mark) => told.includes(mark))).finally(
      tail.stop,
    );
  });

  it('knows what nobody has read', async () => {
    const groupId = `test-${newId()}`;
    await reading(groupId, async () => {});
    await nothingLeft(groupId);
    await foreign('leave-open', [newId()]);
    await send([newId(), newId()]);
    assert.equal(await lagOf(kafka, groupId, [TOPIC]), 3);
  });

  it('that was away while its records were removed has nothing to read', async () => {
    const groupId = `test-${newId()}`;
    await reading(groupId, async () => {});
    await send(Array.from({ length: 30 }, () => newId()));
    await removeRecords();
    assert.equal(await lagOf(kafka, groupId, [TOPIC]), 0);
    const later = newId();
    await reading(groupId, async (reader) => {
      await send([later]);
      await eventually('it goes on', () => reader.values.includes(later));
      await caughtUp(reader);
    });
    await nothingLeft(groupId);
  });

  it('that is new, or begins anew, where the beginning has moved has nothing to read', async () => {
    await send([newId()]);
    await removeRecords();
    const groupId = `test-${newId()}`;
    assert.equal(await lagOf(kafka, groupId, [TOPIC]), 0);
    await reading(groupId, async () => {});
    await nothingLeft(groupId);
    await resetOffsets(kafka, groupId, [TOPIC]);
    assert.equal(await lagOf(kafka, groupId, [TOPIC]), 0);
    await reading(groupId, async () => {});
  });

  it('goes on where its records are removed while it reads', async () => {
    const groupId = `test-${newId()}`;
    await reading(groupId, async (reader) => {
      await send([newId()]);
      await removeRecords();
      await caughtUp(reader);
    });
    await nothingLeft(groupId);
  });

  it('whose offsets were set behind the end begins at the beginning', async () => {
    const groupId = `test-${newId()}`;
    await removeRecords();
    const marks = [newId(), newId()];
    await send(marks);
    await asAdmin((admin) =>
      admin.setOffsets({
        groupId,
        topic: TOPIC,
        partitions: [0, 1, 2].map((partition) => ({ partition, offset: '1000000' })),
      }),
    );
    assert.equal(await lagOf(kafka, groupId, [TOPIC]), 2);
    await reading(groupId, async ({ values }) => assert.deepEqual(values.toSorted(), marks.toSorted()));
    await nothingLeft(groupId);
  });

  it('that was away while its topic was made again reads the new one', async () => {
    const groupId = `test-${newId()}`;
    await send(Array.from({ length: 20 }, () => newId()));
    await reading(groupId, async () => {});
    await removeTopic();
    await makeTopic();
    const marks = Array.from({ length: 12 }, () => newId());
    await send(marks);
    await reading(groupId, async ({ values }) => assert.deepEqual(values.toSorted(), marks.toSorted()));
    await nothingLeft(groupId);
  });

  it('whose topic is made again while it reads reads the new one', async () => {
    const groupId = `test-${newId()}`;
    await reading(groupId, async (reader) => {
      await send(Array.from({ length: 30 }, () => newId()));
      await caughtUp(reader);
      await removeTopic();
      await eventually(
        'it does not think that it knows everything',
        () => reader.consumer.readAgoMs() > 5_000,
      );
      await makeTopic();
      const marks = Array.from({ length: 40 }, () => newId());
      await send(marks);
      await eventually('it goes on', () => marks.every((mark) => reader.values.includes(mark)), {
        withinMs: 60_000,
      });
      await caughtUp(reader);
      // A commit is tried once, and again while it reads: the last one, as it stops, may meet a broker that
      // is not done with the new topic.
      await nothingLeft(groupId);
    });
  });

  it('beside everybody is done at the end, whatever lies there', async () => {
    await foreign('abort', [newId()]);
    const ends = await endOffsets(kafka, [TOPIC], quiet);
    const at = new Map<string, bigint>();
    const tail = await tailTopics(kafka, {
      topics: [TOPIC],
      fromBeginning: true,
      onMessage: () => {},
      onReached: (place, next) => at.set(place, next),
      log: quiet,
    });
    await eventually('it is there', () => [...ends].every(([place, end]) => (at.get(place) ?? -1n) >= end), {
      withinMs: 20_000,
    }).finally(tail.stop);
  });
});
