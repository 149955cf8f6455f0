/** A Kafka that asks who one is: whom it lets in, a password that is changed under who is in, a prefix. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TopicSettings } from '@sagakit/messages/catalogue';
import { newId } from '@sagakit/resilience/ids';
import { quiet } from '@sagakit/resilience/log';
import { asksKafka } from '@sagakit/testing/asks-kafka';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { lagOf, topicsReadBy } from '../src/admin/offsets.ts';
import { endOffsets, tailTopics } from '../src/admin/tail.ts';
import { createTopics } from '../src/admin/topics.ts';
import { makeUsers } from '../src/admin/users.ts';
import type { KafkaConnection, Sasl } from '../src/connection.ts';
import { connect } from '../src/kafkajs/client.ts';
import { createConsumer } from '../src/kafkajs/consumer.ts';
import { createSender } from '../src/kafkajs/producer.ts';
import { sendRecords } from '../src/kafkajs/send.ts';
import { breakableWayTo } from './breakable-way.ts';

const admin: KafkaConnection = kafkaAs('test');
const settings: TopicSettings = { writer: 'test', partitions: 1, retentionMs: -1, segmentMs: 60_000 };
const topic = `locked-${newId()}`;
const send = (as: KafkaConnection, value: string) =>
  sendRecords(as, [{ topic, key: value, value, headers: {} }]);

type Read = { values: string[]; topics: Set<string> };
async function reading(as: KafkaConnection, groupId: string, work: (read: Read) => Promise<void>) {
  const read: Read = { values: [], topics: new Set() };
  const deaths: string[] = [];
  const consumer = createConsumer({
    kafka: as,
    ownsClientId: true,
    groupId,
    topics: [topic],
    partitionCount: 1,
    onBatch: async (records) => {
      read.values.push(...records.map(({ value }) => String(value)));
      for (const record of records) read.topics.add(record.topic);
    },
    onDead: ({ message }) => deaths.push(message),
    log: quiet,
  });
  const started = consumer.start();
  try {
    await work(read);
    assert.deepEqual(deaths, []);
  } finally {
    await consumer.stop();
    await started;
  }
}

describe('a Kafka that asks who one is', () => {
  before(() => createTopics(admin, new Map([[topic, settings]]), quiet).then(() => {}));
  after(async () => {
    const client = connect(admin, quiet).admin();
    await client.connect();
    await client.deleteTopics({ topics: [topic, `west.${topic}`] });
    await client.disconnect();
  });

  const asks = (sasl: Sasl | undefined) => asksKafka({ ...admin, sasl });
  const { username = '', password = '' } = admin.sasl ?? {};
  const mechanism = 'scram-sha-512';
  it('lets in who has the password', async () => assert.ok((await asks(admin.sasl)).includes(topic)));
  for (const [who, sasl] of [
    ['who does not say who he is', undefined],
    ['a wrong password', { mechanism, username, password: 'wrong' }],
    ['a user that there is not', { mechanism, username: 'nobody', password }],
    ['a good password in the clear', { mechanism: 'plain', username, password }],
    ["the broker's own name with another's password", { mechanism: 'plain', username: 'broker', password }],
  ] as const)
    it(`refuses ${who}`, () => assert.rejects(asks(sasl)));

  it('lets who is in stay when his password is changed, and waits for him who has it late', async (t) => {
    const user = `changing-${newId()}`;
    const group = `of-${user}`;
    const rights = { writes: [topic], reads: [topic], groups: [{ prefix: group }] };
    let known = 'first';
    const sasl: Sasl = { mechanism, username: user, password: () => known };
    const as: KafkaConnection = { ...admin, clientId: 'changing', sasl };
    const change = (to: string) => makeUsers(admin, new Map([[user, { password: to, rights }]]), quiet);
    await change('first');
    let asked = 0;
    const way = await breakableWayTo({ ...as, sasl: { ...sasl, password: () => (asked++, known) } });
    t.after(way.remove);
    const sender = createSender(as, quiet);
    t.after(sender.stop);
    const put = (value: string) => sender.send([{ topic, key: value, value, headers: {} }]);
    await reading(way.kafka, group, async ({ values }) => {
      await put('before');
      await eventually('it is read', () => values.includes('before'));
      await change('second');
      await put('after');
      await eventually('who is in goes on, as reader and as writer', () => values.includes('after'));
      await assert.rejects(asks({ ...sasl, password: 'first' }), 'the old one is of no use to who comes now');
      // The broker was killed and is back, say: who was in has to come again, and nobody has told him.
      const askedBefore = asked;
      way.close('reset');
      way.open();
      await eventually('he is refused, and comes again', () => asked >= askedBefore + 3);
      // Another replica comes, and nobody has told it either.
      await reading(as, `${group}-2`, async (late) => {
        await assert.rejects(send(as, 'refused'));
        assert.deepEqual(late.values, []);
        known = 'second';
        await eventually('it is let in, by itself', () => late.values.includes('after'));
      });
      await send(as, 'by who came anew');
      await eventually('it is read', () => values.includes('by who came anew'));
    });
  });

  it('has our topics and groups under a prefix, and only this package knows of it', async () => {
    const west: KafkaConnection = { ...admin, prefix: 'west.' };
    const groupId = `prefixed-${newId()}`;
    const topics = new Map([[topic, settings]]);
    assert.deepEqual(await createTopics(west, topics, quiet), { created: [topic], altered: [] });
    assert.deepEqual(await createTopics(west, topics, quiet), { created: [], altered: [] });
    await send(west, 'in the west');
    await reading(west, groupId, async ({ values, topics: from }) => {
      await eventually('it is read', () => values.length > 0);
      assert.deepEqual([values, [...from]], [['in the west'], [topic]]);
      await eventually('and committed', async () => (await lagOf(west, groupId, [topic])) === 0);
    });
    assert.deepEqual(await topicsReadBy(west, groupId), [topic]);
    assert.deepEqual(await topicsReadBy(admin, `west.${groupId}`), [`west.${topic}`]);
    assert.deepEqual(await endOffsets(west, [topic], quiet), new Map([[`${topic}/0`, 1n]]));
    const seen: string[] = [];
    const onMessage = (tailed: { topic: string; key: string | null }) =>
      seen.push(`${tailed.topic} ${tailed.key}`);
    const tail = await tailTopics(west, { topics: [topic], fromBeginning: true, onMessage, log: quiet });
    await eventually('it is seen', () => seen.length > 0);
    await tail.stop();
    assert.deepEqual(seen, [`${topic} in the west`]);
  });

  it('keeps a message in two places where there are three copies', async () => {
    // On one broker there is one copy; what is asked for is said all the same.
    const three = `${topic}-3`;
    await createTopics(admin, new Map([[three, settings]]), quiet);
    assert.deepEqual(
      await createTopics(admin, new Map([[three, settings]]), quiet, { replicationFactor: 3 }),
      {
        created: [],
        altered: [three],
      },
    );
    const client = connect(admin, quiet).admin();
    await client.connect();
    const { resources } = await client.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: three, configNames: ['min.insync.replicas'] }],
    });
    await client.deleteTopics({ topics: [three] });
    await client.disconnect();
    assert.equal(resources[0]?.configEntries[0]?.configValue, '2');
  });
});
