/** Records that other clients compressed, written by Kafka's own producer and read by ours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createConsumer } from '@order-saga/messaging/kafka/consumer';
import { sendRecords } from '@order-saga/messaging/kafka/send';
import { quiet } from '@order-saga/messaging/log';
import type { RawRecord } from '@order-saga/messaging/open';
import { newId } from '@order-saga/messaging/random';
import { eventually } from '@order-saga/testing/eventually';
import { brokers } from '@order-saga/testing/infrastructure';
import { kafkaJars } from '../stack/components/kafka.ts';

const TOPIC = 'notification.events';

async function produceWithJava(compression: string, values: string[]): Promise<void> {
  const jars = await kafkaJars(() => {});
  const classpath = readdirSync(jars).map((jar) => path.join(jars, jar));
  const tool = ['org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', brokers().join(','), '--topic', TOPIC];
  const java = spawn(
    'java',
    ['-XX:TieredStopAtLevel=1', '-cp', classpath.join(path.delimiter), ...tool, '--compression-codec', compression],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  java.stdin.end(values.map((value) => `${value}\n`).join(''));
  const [code] = (await once(java, 'exit')) as [number];
  assert.equal(code, 0);
}

/** Every value of the topic from now on. */
async function reading(work: (values: string[]) => Promise<void>): Promise<void> {
  const values: string[] = [];
  const deaths: string[] = [];
  const consumer = createConsumer({
    kafka: { brokers: brokers(), clientId: 'test' },
    groupId: `test-${newId()}`,
    topics: [TOPIC],
    onBatch: async (records: RawRecord[]) => void values.push(...records.map(({ value }) => value?.toString('utf8') ?? '')),
    onDead: ({ message }) => deaths.push(message),
    log: quiet,
  });
  await consumer.start();
  try {
    await work(values);
    assert.deepEqual(deaths, []);
  } finally {
    await consumer.stop();
  }
}

describe('compressed records', () => {
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
    it(`are read: ${compression}, as Kafka's own producer writes it`, async () => {
      const mark = newId();
      const sent = Array.from({ length: 500 }, (_, at) => `${mark} ${at} ${'once upon a time '.repeat(20)}${Math.random()}`);
      await produceWithJava(compression, sent);
      await reading(async (values) => {
        const own = () => values.filter((value) => value.startsWith(mark));
        await eventually('all are read', () => own().length >= sent.length, { withinMs: 20_000, seen: () => own().length });
        assert.deepEqual(own().toSorted(), sent.toSorted());
      });
    });
  }

  it('that unpack to more than memory should hold become records that say so, and reading goes on', async () => {
    const connection = { brokers: brokers(), clientId: 'attacker' };
    const bomb = { topic: TOPIC, key: null, value: Buffer.alloc(80 * 1024 * 1024), headers: {} };
    await sendRecords(connection, [bomb], { compression: 'zstd' });
    const mark = newId();
    await sendRecords(connection, [{ topic: TOPIC, key: null, value: mark, headers: {} }]);
    await reading(async (values) => {
      await eventually('what comes behind it is read', () => values.includes(mark), { withinMs: 20_000 });
      assert.equal(values.filter((value) => /cannot be unpacked \(zstd\)/.test(value)).length, 1);
      assert.ok(values.every((value) => value.length < 1_000_000));
    });
  });
});
