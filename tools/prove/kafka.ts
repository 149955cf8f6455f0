/** Who may come to Kafka, and do what there; and what is said when it is away. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const RIGHTS = integration('tools/test/kafka-rights.integration.test.ts');
const SETTINGS = unit('packages/kafka/test/settings.unit.test.ts');
const DOORS = integration('tools/stack/kafka-tls.integration.test.ts');
const LOCKED = integration('packages/kafka/test/locked.integration.test.ts');

export const KAFKA: readonly Mechanism[] = [
  {
    failure: 'whoever reaches Kafka',
    mechanism: 'its door asks who comes',
    file: 'tools/stack/components/kafka.ts',
    cut: "'CLIENTS:SASL_PLAINTEXT,CONTROLLER",
    paste: "'CLIENTS:PLAINTEXT,CONTROLLER",
    test: DOORS,
  },
  {
    failure: 'whoever reaches Kafka by TLS',
    mechanism: "a certificate is the broker's, and says nothing of who comes",
    file: 'tools/stack/components/kafka.ts',
    cut: "TLS:SASL_SSL'",
    paste: "TLS:SSL'",
    test: DOORS,
  },
  {
    failure: "who speaks in Kafka's place",
    mechanism: 'it shows a certificate of an authority that we know',
    file: 'packages/kafka/src/kafkajs/credentials.ts',
    cut: '...certificates() }, onConnect',
    paste: '...certificates(), rejectUnauthorized: false }, onConnect',
    test: DOORS,
  },
  {
    failure: "a service's Kafka password is stolen (what no right names)",
    mechanism: 'what is not allowed is refused',
    file: 'tools/stack/components/kafka.ts',
    cut: "'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',",
    paste:
      "'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',\n    'allow.everyone.if.no.acl.found': true,",
    test: RIGHTS,
  },
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
    failure: "a service's Kafka password is stolen (administering)",
    mechanism: 'the broker and its administrator alone may do what no right says',
    file: 'tools/stack/components/kafka.ts',
    cut: "'super.users': SUPER_USERS.map(",
    paste: "'super.users': [...SUPER_USERS, 'payment'].map(",
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
    mechanism: 'who is refused waits for the password, as for a broker that is away',
    file: 'packages/kafka/src/kafkajs/consumer.ts',
    cut: 'patient: true,',
    paste: 'patient: false,',
    test: LOCKED,
  },
  {
    failure: 'a Kafka password that was changed before a service comes again',
    mechanism: 'it is asked for with each connection',
    file: 'packages/kafka/src/kafkajs/credentials.ts',
    cut: `  const authenticationProvider: Provider = (args) => {
    const known = { username, password: typeof password === 'function' ? password() : password };
`,
    paste: `  const known = { username, password: typeof password === 'function' ? password() : password };
  const authenticationProvider: Provider = (args) => {
`,
    test: LOCKED,
  },
  {
    failure: 'a broker that closes late what it refused',
    mechanism: 'a connection leaves its socket for good before it makes another',
    file: 'packages/kafka/src/kafkajs/one-socket.ts',
    cut: '    if (this.socket) silence(this.socket);\n',
    paste: '',
    test: unit('packages/kafka/test/one-socket.unit.test.ts'),
  },
  {
    failure: 'a password file in the middle of being replaced',
    mechanism: 'what was good before is kept',
    file: 'packages/kafka/src/settings.ts',
    cut: '.trim() || known;',
    paste: '.trim();',
    test: SETTINGS,
  },
  {
    failure: "an authority of Kafka's certificate that is replaced",
    mechanism: 'its file is read again for each connection',
    file: 'packages/kafka/src/settings.ts',
    cut: 'return () => Object.fromEntries(files.map(([name, read]) => [name, read()]));',
    paste:
      'const known = Object.fromEntries(files.map(([name, read]) => [name, read()]));\n  return () => known;',
    test: SETTINGS,
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
  {
    failure: 'broker down (what the logs say)',
    mechanism:
      "what is Kafka's is said in words, once by whoever it holds up; a fault of ours behind the client keeps its stack",
    file: 'packages/kafka/src/kafkajs/client-log.ts',
    cut: 'thrown ? !isKafkaAway(thrown) : !isKafkasMessage(words)',
    paste: 'thrown ? false : !/timed out|Not connected|coordinator/.test(words)',
    test: unit('packages/kafka/test/client-log.unit.test.ts'),
  },
];
