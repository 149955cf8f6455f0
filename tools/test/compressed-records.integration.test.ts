/** Records that other clients compressed, written by Kafka's own producer and read by ours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createConsumer } from '@sagakit/kafka/kafkajs/consumer';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { quiet } from '@sagakit/resilience/log';
import type { RawRecord } from '@sagakit/kafka/record';
import { newId } from '@sagakit/resilience/ids';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { kafkaJars } from '../stack/components/kafka.ts';

const TOPIC = 'notification.events';

async function produceWithJava(compression: string, values: string[]): Promise<void> {
  const jars = await kafkaJars(() => {});
  const classpath = readdirSync(jars).map((jar) => path.join(jars, jar));
  const { brokers, sasl } = kafkaAs('java');
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  const properties = {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': sasl.mechanism.toUpperCase(),
    'sasl.jaas.config': `${login} required username="${sasl.username}" password="${sasl.password}";`,
  };
  const tool = [
    'org.apache.kafka.tools.ConsoleProducer',
    '--bootstrap-server',
    brokers.join(','),
    '--topic',
    TOPIC,
    ...Object.entries(properties).flatMap(([name, value]) => ['--command-property', `${name}=${value}`]),
  ];
  const java = spawn(
    'java',
    [
      '-XX:TieredStopAtLevel=1',
      '-cp',
      classpath.join(path.delimiter),
      ...tool,
      '--compression-codec',
      compression,
    ],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  java.stdin.end(values.map((value) => `${value}\n`).join(''));
  const [code] = (await once(java, 'exit')) as [number];
  assert.equal(code, 0);
}

/** Every value of the topic. */
const reading = (work: (values: () => string[]) => Promise<void>): Promise<void> =>
  readingRecords((records) => work(() => records.map(({ value }) => value?.toString('utf8') ?? '')));

async function readingRecords(
  work: (records: RawRecord[]) => Promise<void>,
  onSlice = (_count: number) => {},
): Promise<void> {
  const all: RawRecord[] = [];
  const deaths: string[] = [];
  const consumer = createConsumer({
    partitionCount: 3,
    kafka: kafkaAs('test'),
    groupId: `test-${newId()}`,
    topics: [TOPIC],
    onBatch: async (records) => {
      onSlice(records.length);
      all.push(...records);
    },
    onDead: ({ message }) => deaths.push(message),
    log: quiet,
  });
  await consumer.start();
  try {
    await work(all);
    assert.deepEqual(deaths, []);
  } finally {
    await consumer.stop();
  }
}

describe('compressed records', () => {
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
    it(`are read: ${compression}, as Kafka's own producer writes it`, async () => {
      const mark = newId();
      const sent = Array.from(
        { length: 500 },
        (_, at) => `${mark} ${at} ${'once upon a time '.repeat(20)}${Math.random()}`,
      );
      await produceWithJava(compression, sent);
      await reading(async (values) => {
        const own = () => values().filter((value) => value.startsWith(mark));
        await eventually('all are read', () => own().length >= sent.length, {
          withinMs: 20_000,
          seen: () => own().length,
        });
        assert.deepEqual(own().toSorted(), sent.toSorted());
      });
    });
  }

  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    it(`that unpack to more than memory should hold are told from their neighbours: ${compression}`, async () => {
      const connection = kafkaAs('attacker');
      const key = newId();
      const large = compression === 'snappy' ? 15 : 60;
      const record = (value: string | Buffer) => ({ topic: TOPIC, key, value, headers: {} });
      await sendRecords(
        connection,
        [record('before'), record(Buffer.alloc(large * 1024 * 1024)), record('behind')],
        {
          compression,
        },
      );
      await sendRecords(connection, [record('later')]);
      await readingRecords(async (records) => {
        const own = () => records.filter((candidate) => candidate.key?.toString() === key);
        await eventually('all are read', () => own().length >= 4, {
          withinMs: 20_000,
          seen: () => own().length,
        });
        assert.deepEqual(
          own().map(({ value, refused }) => refused?.reason ?? value?.toString()),
          ['before', 'too-large', 'behind', 'later'],
        );
        const [first, bomb] = own();
        assert.equal(Number(bomb?.offset), Number(first?.offset) + 1);
        assert.ok((bomb?.value?.length ?? Infinity) < 10_000);
      });
    });
  }
});

describe('records by the ten thousand', () => {
  it('in one batch, empty: those that are too many are one, no slice is larger than a transaction, and reading goes on', async () => {
    const connection = kafkaAs('attacker');
    const mark = newId();
    const rubbish = { topic: TOPIC, key: 'rubbish', value: null, headers: {} };
    await sendRecords(
      connection,
      Array.from({ length: 60_000 }, () => rubbish),
    );
    await sendRecords(connection, [{ ...rubbish, value: mark }]);
    let largest = 0;
    await readingRecords(
      async (records) => {
        const own = () => records.filter(({ value }) => value?.toString() === mark);
        await eventually('what comes behind them is read', () => own().length === 1, { withinMs: 60_000 });
        const [rest] = records.filter(({ refused }) => /were not read/.test(refused?.error ?? ''));
        assert.equal(Number(rest?.offset), Number(own()[0]?.offset) - 1);
        assert.equal(records.filter(({ key }) => key?.toString() === 'rubbish').length, 10_001);
        assert.ok(largest <= 500, `a slice of ${largest}`);
      },
      (count) => (largest = Math.max(largest, count)),
    );
  });
});
