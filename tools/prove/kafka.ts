/** Who may come to Kafka, and do what there. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const RIGHTS = integration('tools/test/kafka-rights.integration.test.ts');
const LOCKED = integration('packages/kafka/test/locked.integration.test.ts');

export const KAFKA: readonly Mechanism[] = [
  {
    failure: "a service's Kafka password is stolen (writing)",
    mechanism: 'a topic is written by its writer alone',
    file: 'contracts/src/rights.ts',
    cut: 'TOPICS[topic].writer === service',
    paste: "TOPICS[topic].writer !== ''",
    test: RIGHTS,
  },
  {
    failure: "a service's Kafka password is stolen (reading)",
    mechanism: 'a service reads what the system says',
    file: 'contracts/src/rights.ts',
    cut: 'reads: SYSTEM[service].reads,',
    paste: 'reads: ALL,',
    test: RIGHTS,
  },
  {
    failure: "a service's Kafka password is stolen (another's group)",
    mechanism: 'a group has the name of its service',
    file: 'contracts/src/rights.ts',
    cut: 'groups: [{ name: service }],',
    paste: "groups: [{ prefix: '' }],",
    test: RIGHTS,
  },
  {
    failure: 'a right that was taken away',
    mechanism: 'what a user has beside its rights is taken from it at every start',
    file: 'packages/kafka/src/admin/users.ts',
    cut: 'changes.tooMuch.length > 0',
    paste: 'changes.tooMuch.length < 0',
    test: RIGHTS,
  },
  {
    failure: 'a Kafka password that changes under a service',
    mechanism: 'a refusal is waited out, and the password is asked for with each connection',
    file: 'packages/kafka/src/kafkajs/consumer.ts',
    cut: '{ patient: true }',
    paste: '{ patient: false }',
    test: LOCKED,
  },
  {
    failure: 'a password file in the middle of being replaced',
    mechanism: 'what was good before is kept',
    file: 'packages/kafka/src/settings.ts',
    cut: '.trim() || known;',
    paste: '.trim();',
    test: unit('packages/kafka/test/settings.unit.test.ts'),
  },
  {
    failure: "another system's topics on the same cluster",
    mechanism: 'every name has the prefix, and only one package knows of it',
    file: 'packages/kafka/src/connection.ts',
    cut: 'outside: (name) => `${prefix}${name}`,',
    paste: 'outside: (name) => name,',
    test: LOCKED,
  },
  {
    failure: 'several who send before there is a connection',
    mechanism: 'one producer for all of them',
    file: 'packages/kafka/src/kafkajs/producer.ts',
    cut: 'producer ??= connected()',
    paste: 'producer = connected()',
    test: integration('packages/kafka/test/sender.integration.test.ts'),
  },
];
