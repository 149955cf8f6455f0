/** Kafka's rights follow from the system, and nobody has more. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOLDERS } from '../src/personal.ts';
import { KAFKA_RIGHTS, type KafkaUser } from '../src/rights.ts';
import { SERVICES, SYSTEM, type Topic } from '../src/system.ts';
import { TOPICS } from '../src/topics.ts';

const USERS = Object.keys(KAFKA_RIGHTS) as KafkaUser[];

describe('rights at Kafka', () => {
  for (const topic of Object.keys(TOPICS) as Topic[])
    it(`${topic} is written by its writer alone`, () =>
      assert.deepEqual(
        USERS.filter((user) => KAFKA_RIGHTS[user].writes.includes(topic)),
        [TOPICS[topic].writer],
      ));
  for (const service of SERVICES) {
    it(`${service} reads what it is told and what the system says, in its own group`, () => {
      const { reads, groups } = KAFKA_RIGHTS[service];
      assert.deepEqual([...reads], [...SYSTEM[service].reads]);
      assert.deepEqual(groups, [{ name: service }]);
    });
  }
  const all = Object.keys(TOPICS).sort();
  for (const [reader, topics] of [
    ['console', all],
    ['tools', all.filter((topic) => topic !== 'order.contacts')],
  ] as const)
    it(`${reader} reads everything that it may, and writes nothing`, () => {
      assert.deepEqual(KAFKA_RIGHTS[reader].writes, []);
      assert.deepEqual([...KAFKA_RIGHTS[reader].reads].sort(), topics);
    });
  it('to read personal data have notification and the console alone', () =>
    assert.deepEqual(
      USERS.filter((user) => KAFKA_RIGHTS[user].reads.includes('order.contacts')),
      ['notification', 'console'],
    ));
  it('whoever writes or reads personal data is said to hold it, and nobody else', () => {
    const personal = SERVICES.flatMap((service) => SYSTEM[service].topics.personal ?? []);
    const holds = (user: KafkaUser) =>
      [...KAFKA_RIGHTS[user].writes, ...KAFKA_RIGHTS[user].reads].some((topic) => personal.includes(topic));
    assert.deepEqual(HOLDERS.map(({ holder }) => holder).sort(), USERS.filter(holds).sort());
  });
});
