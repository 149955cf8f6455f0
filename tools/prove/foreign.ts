/** What a topic may hold, whoever wrote it, and what may become of it under its readers. */
import { integration, type Mechanism } from './mechanism.ts';

const WHATEVER = integration('packages/kafka/test/whatever-a-topic-holds.integration.test.ts');

export const FOREIGN: readonly Mechanism[] = [
  {
    failure: "somebody's transaction left open",
    mechanism: 'readers read uncommitted',
    file: 'packages/kafka/src/kafkajs/consumer.ts',
    cut: 'readUncommitted: true,',
    paste: '',
    test: WHATEVER,
  },
  {
    failure: 'unread, and told as nothing',
    mechanism: 'the log ends where it ends, not where a transaction begins',
    file: 'packages/kafka/src/kafkajs/isolation.ts',
    cut: 'isolationLevel: READ_UNCOMMITTED }',
    paste: '}',
    test: WHATEVER,
  },
  {
    failure: 'an end that nobody can read',
    mechanism: 'what the broker answered is passed, records or not',
    file: 'packages/kafka/src/kafkajs/consumer.ts',
    cut: 'onReached(topic, partition, passed);',
    paste: '',
    test: WHATEVER,
  },
  {
    failure: 'records removed while a reader was away',
    mechanism: 'nothing lies unread before the beginning',
    file: 'packages/kafka/src/kafkajs/offsets.ts',
    cut: 'at < low || at > end ? low : at',
    paste: 'at < 0n ? 0n : at',
    test: WHATEVER,
  },
  {
    failure: 'topic made again under a reader',
    mechanism: 'after a failed fetch the broker says where to begin',
    file: 'packages/kafka/src/kafkajs/made-again.ts',
    cut: 'this.offsetManager.clearAllOffsets();',
    paste: 'void 0;',
    test: WHATEVER,
  },
];
