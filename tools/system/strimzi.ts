/**
 * The topics and Kafka's users as Strimzi wants them (infra/strimzi): for clusters that its operators look
 * after.
 */
import { KAFKA_RIGHTS, type KafkaRights } from '@order-saga/contracts/rights';
import { TOPICS } from '@order-saga/contracts/topics';
import { configOf } from '@sagakit/kafka/admin/topics';

const HEAD = '# Written by `npm run system` from contracts/src/system.ts; a test compares.\n';
const COPIES = 3;

const topic = ([name, settings]: [string, (typeof TOPICS)[keyof typeof TOPICS]]): string => `---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata:
  name: ${name}
  labels:
    strimzi.io/cluster: order-saga
spec:
  partitions: ${settings.partitions}
  replicas: ${COPIES}
  config:
${configOf(settings, COPIES)
  .map(({ name: key, value }) => `    ${key}: ${value}\n`)
  .join('')}`;

function rule(
  type: 'topic' | 'group',
  name: string,
  pattern: 'literal' | 'prefix',
  operation: string,
): string {
  return `      - resource:
          type: ${type}
          name: ${name}
          patternType: ${pattern}
        operations: [${operation}, Describe]
`;
}

const rules = ({ writes, reads, groups }: KafkaRights): string =>
  [
    ...writes.map((name) => rule('topic', name, 'literal', 'Write')),
    ...reads.map((name) => rule('topic', name, 'literal', 'Read')),
    ...groups.map((group) =>
      'name' in group
        ? rule('group', group.name, 'literal', 'Read')
        : rule('group', group.prefix, 'prefix', 'Read'),
    ),
  ].join('');

const user = ([name, rights]: [string, KafkaRights]): string => `---
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata:
  name: ${name}
  labels:
    strimzi.io/cluster: order-saga
spec:
  authentication:
    type: scram-sha-512
  authorization:
    type: simple
    acls:
${rules(rights)}`;

/** From the root of the project. */
export const STRIMZI: Readonly<Record<string, (before: string) => string>> = {
  'infra/strimzi/topics.yml': () => HEAD + Object.entries(TOPICS).map(topic).join(''),
  'infra/strimzi/users.yml': () => HEAD + Object.entries(KAFKA_RIGHTS).map(user).join(''),
};
