/**
 * Whoever has stolen the credentials of one service can do at Kafka what that service can, and no more: tried
 * with a real client, right by right, on a broker of its own.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { KAFKA_RIGHTS } from '@order-saga/contracts/rights';
import { SERVICES, type ServiceName, SYSTEM, type Topic } from '@order-saga/contracts/system';
import { TOPICS } from '@order-saga/contracts/topics';
import { topicsReadBy } from '@sagakit/kafka/admin/offsets';
import { endOffsets, tailTopics } from '@sagakit/kafka/admin/tail';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { makeUsers } from '@sagakit/kafka/admin/users';
import { connect } from '@sagakit/kafka/kafkajs/client';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { quiet } from '@sagakit/resilience/log';
import { down, up } from '../stack/launch.ts';
import { kafkaOf, type StackState } from '../stack/state.ts';
import { temporaryStackDir } from '../stack/temporary-dir.ts';

const ALL = Object.keys(TOPICS) as Topic[];
/** What says nothing of anybody. */
const PUBLIC = ALL.filter((topic) => topic !== 'order.contacts');
/**
 * Where the client says only in words what it was refused. It asks who leads a group, is refused, and says
 * that it found nobody.
 */
const WORDS: readonly [RegExp, string][] = [
  [/Not authorized to access topics/, 'TOPIC_AUTHORIZATION_FAILED'],
  [/Not authorized to access group|Failed to find group coordinator/, 'GROUP_AUTHORIZATION_FAILED'],
];

/** What was refused, by the protocol's names; `allowed` if nothing was. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'allowed';
  } catch (error) {
    return refusal(error) ?? String(error);
  }
}

function refusal(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, errors, cause } = error as { type?: string; errors?: unknown[]; cause?: unknown };
  return (
    type ?? refusal(errors?.[0]) ?? refusal(cause) ?? WORDS.find(([words]) => words.test(error.message))?.[1]
  );
}

const each = async <T extends string>(names: readonly T[], work: (name: T) => Promise<unknown>) =>
  Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await outcome(work(name))] as const)),
  );
const all = (names: readonly string[], said: string) => Object.fromEntries(names.map((name) => [name, said]));
const without = <T>(list: readonly T[], those: readonly T[]) => list.filter((one) => !those.includes(one));

describe('at Kafka', () => {
  let dir: string;
  let state: StackState;
  const shared = process.env['STACK_DIR'];
  before(async () => {
    dir = temporaryStackDir('rights');
    process.env['STACK_DIR'] = dir;
    const options = { ephemeral: true, replicas: 1, jit: 'c1', infrastructureOnly: true } as const;
    // Whoever ends this process in the middle leaves no broker behind.
    state = await up({ ...options, forCaller: true }, () => {});
  });
  after(async () => {
    await down(() => {});
    rmSync(dir, { recursive: true, force: true });
    if (shared) process.env['STACK_DIR'] = shared;
  });
  const as = (user?: ServiceName | 'console' | 'tools') => kafkaOf(state, 'thief', user);

  const write = (user: Parameters<typeof as>[0], topic: Topic) =>
    sendRecords(as(user), [{ topic, key: 'stolen', value: 'stolen', headers: {} }]);

  /** As a member of the group: until it was answered, or was refused. */
  async function read(user: Parameters<typeof as>[0], groupId: string, topics: readonly string[]) {
    const consumer = connect(as(user), quiet).consumer({ groupId, retry: { retries: 8 } });
    const answered = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || answered.reject(payload.error));
    consumer.on(consumer.events.FETCH, ({ payload }) => payload.numberOfBatches > 0 && answered.resolve());
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await Promise.all([consumer.run({ autoCommit: false, eachBatch: async () => {} }), answered.promise]);
    } finally {
      await consumer.disconnect();
    }
  }

  for (const service of SERVICES) {
    // Not by rights.ts, which is what is tested.
    const writes = ALL.filter((topic) => TOPICS[topic].writer === service);
    const { reads } = SYSTEM[service];
    describe(`with what was stolen from ${service}, one`, () => {
      it('writes its topics, and is refused at every other', async () => {
        const foreign = without(ALL, writes);
        assert.deepEqual(await each(writes, (topic) => write(service, topic)), all(writes, 'allowed'));
        assert.deepEqual(
          await each(foreign, (topic) => write(service, topic)),
          all(foreign, 'TOPIC_AUTHORIZATION_FAILED'),
        );
      });
      it('reads what it reads, and is refused at every other', async () => {
        assert.equal(await outcome(read(service, service, reads)), 'allowed');
        // One after the other: they are one group.
        for (const topic of without(ALL, reads))
          assert.equal(await outcome(read(service, service, [topic])), 'TOPIC_AUTHORIZATION_FAILED', topic);
      });
      it("is let into no other's group, not even to look", async () => {
        const foreign = [...without([...SERVICES], [service]), 'console-1', 'tail-1', 'made-up'];
        const refused = all(foreign, 'GROUP_AUTHORIZATION_FAILED');
        assert.deepEqual(await each(foreign, (group) => read(service, group, reads)), refused);
        assert.deepEqual(await each(foreign, (group) => topicsReadBy(as(service), group)), refused);
      });
      it('administers nothing', async () => {
        const settings = { writer: service, partitions: 1, retentionMs: 1, segmentMs: 1 };
        const topics = new Map([['made-up', settings]]);
        const admin = connect(as(service), quiet).admin({ retry: { retries: 0 } });
        await admin.connect();
        const own = writes[0] as Topic;
        const everybody = new Map([[service, { password: 'known', rights: KAFKA_RIGHTS.tools }]]);
        assert.deepEqual(
          {
            'making a topic': await outcome(createTopics(as(service), topics, quiet)),
            'deleting its own': await outcome(admin.deleteTopics({ topics: [own] })),
            'changing what is kept of it': await outcome(
              createTopics(as(service), new Map([[own, settings]]), quiet),
            ),
            'giving itself rights': await outcome(makeUsers(as(service), everybody, quiet)),
          },
          {
            'making a topic': 'TOPIC_AUTHORIZATION_FAILED',
            'deleting its own': 'TOPIC_AUTHORIZATION_FAILED',
            'changing what is kept of it': 'TOPIC_AUTHORIZATION_FAILED',
            'giving itself rights': 'CLUSTER_AUTHORIZATION_FAILED',
          },
        );
        await admin.disconnect();
      });
    });
  }

  for (const [reader, reads] of [
    ['console', ALL],
    ['tools', PUBLIC],
  ] as const)
    it(`${reader} reads everything that it may, and writes nothing`, async () => {
      const group = `${reader === 'tools' ? 'tail' : reader}-test`;
      assert.equal(await outcome(read(reader, group, reads)), 'allowed');
      for (const topic of without(ALL, reads))
        assert.equal(await outcome(read(reader, group, [topic])), 'TOPIC_AUTHORIZATION_FAILED', topic);
      assert.deepEqual(
        await each(ALL, (topic) => write(reader, topic)),
        all(ALL, 'CLUSTER_AUTHORIZATION_FAILED'), // not even as a producer is one let in
      );
      assert.equal(await outcome(read(reader, 'order', reads)), 'GROUP_AUTHORIZATION_FAILED');
    });
  it('what demo, bench and checker do is allowed to their user', async () => {
    assert.ok((await endOffsets(as('tools'), PUBLIC, quiet)).size > 0);
    const tail = await tailTopics(as('tools'), {
      topics: PUBLIC,
      fromBeginning: true,
      onMessage: () => {},
      log: quiet,
    });
    await tail.stop();
  });
  it('a right that is taken away is gone at the next start, and one that is given is there', async () => {
    const { password } = as('payment').sasl as { password: string };
    const other = { writes: ['order.events'], reads: [], groups: [] };
    const admin = as();
    assert.deepEqual(await makeUsers(admin, new Map([['payment', { password, rights: other }]]), quiet), [
      'payment',
    ]);
    assert.equal(await outcome(write('payment', 'payment.events')), 'TOPIC_AUTHORIZATION_FAILED');
    assert.equal(await outcome(write('payment', 'order.events')), 'allowed');
    const right = new Map([['payment', { password, rights: KAFKA_RIGHTS.payment }]]);
    assert.deepEqual(await makeUsers(admin, right, quiet), ['payment']);
    assert.deepEqual(await makeUsers(admin, right, quiet), [], 'nothing is left to change');
    assert.equal(await outcome(write('payment', 'payment.events')), 'allowed');
    assert.equal(await outcome(write('payment', 'order.events')), 'TOPIC_AUTHORIZATION_FAILED');
  });
});
