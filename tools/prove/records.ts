/** What a topic may hold, whoever wrote it and whenever: see mechanisms.ts. */
import { integration, type Mechanism, unit } from './mechanism.ts';

export const RECORDS: readonly Mechanism[] = [
  {
    failure: "a stranger's event blocks a key",
    mechanism: 'a type that is not ours is ignored by its name alone',
    file: 'packages/messaging/src/inbox/decode-record.ts',
    cut: 'if (type !== undefined && !concerns(type, value, definitions) && !carriesCommands(record))\n    return notHandled(type, record, catalogue);',
    paste: '',
    test: unit('packages/messaging/test/inbox/decode-record.unit.test.ts'),
  },
  {
    failure: 'record on a topic that is not its own',
    mechanism: 'a message counts on its topic and from its writer alone',
    file: 'packages/messaging/src/inbox/decode-record.ts',
    cut: 'if (message.source !== owner)',
    paste: 'if (message.source === undefined)',
    test: unit('packages/messaging/test/inbox/decode-record.unit.test.ts'),
  },
  {
    failure: 'record of ours on a topic that others may write',
    mechanism: 'a type of ours is parked on every topic but its own',
    file: 'packages/messaging/src/inbox/decode-record.ts',
    cut: "  if (stray) return refuse('wrong-topic', stray);\n",
    paste: '',
    test: unit('packages/messaging/test/inbox/decode-record.unit.test.ts'),
  },
  {
    failure: 'record older than the inbox remembers',
    mechanism: 'the inbox outlives what can still be read',
    file: 'packages/messages/src/catalogue.ts',
    cut: 'return compacted ? undefined : retentionMs + segmentMs;',
    paste: 'return compacted ? undefined : retentionMs + 0 * segmentMs;',
    test: integration('packages/messaging/test/maintenance/prune.integration.test.ts'),
  },
  {
    failure: 'record older than the inbox remembers (topics of an earlier release)',
    mechanism: 'topics that are there get the settings of today',
    file: 'packages/kafka/src/admin/topics.ts',
    cut: 'if (toAlter.length === 0) return [];',
    paste: 'return [];',
    test: integration('packages/kafka/test/topics.integration.test.ts'),
  },
  {
    failure: 'second start of a saga',
    mechanism: 'what started a saga is never anything else to it',
    file: 'packages/saga/src/runner/move-saga.ts',
    cut: "if (message.type === startsOn.type) return { kind: 'start', subject: message.subject, data: message.data };",
    paste:
      "if (message.type === startsOn.type && message.type === '') return { kind: 'start', subject: message.subject, data: message.data };",
    test: unit('services/saga-orchestrator/test/delivered-again.unit.test.ts'),
  },
  {
    failure: 'old price told again',
    mechanism: 'what is older than what is known is no news',
    file: 'services/order/src/storage/products.ts',
    cut: 'where p.sequence <= excluded.sequence',
    paste: 'where true',
    test: integration('services/order/test/catalogue.integration.test.ts'),
  },
  {
    failure: 'dead letter that is no evidence',
    mechanism: 'headers are kept as bytes, in order, repetitions and nulls included',
    file: 'packages/kafka/src/headers.ts',
    cut: "(base64: string) => Buffer.from(base64, 'base64');",
    paste: "(base64: string) => Buffer.from(Buffer.from(base64, 'base64').toString());",
    test: integration('packages/messaging/test/dead-letters/evidence.integration.test.ts'),
  },
  {
    failure: 'topic that was deleted and made again',
    mechanism: 'what has no id is known by its place, its time and its bytes',
    file: 'packages/messaging/src/inbox/router.ts',
    cut: 'id: `${offset}@${timestamp}/${digestOf(record)}`',
    paste: 'id: offset + (timestamp ? "" : digestOf(record))',
    test: integration('packages/messaging/test/dead-letters/evidence.integration.test.ts'),
  },
];
