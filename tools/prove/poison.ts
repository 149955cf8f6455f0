/** Messages that can never succeed, and what is done with them. */
import { integration, LETTERS, type Mechanism, PROCESSOR, unit } from './mechanism.ts';

const FETCH_RESPONSE = unit('packages/kafka/test/fetch-response.unit.test.ts');

export const POISON: readonly Mechanism[] = [
  {
    failure: 'poison message',
    mechanism: 'a batch that the data breaks is halved until the culprit stands alone',
    file: 'packages/messaging/src/inbox/processor.ts',
    cut: 'if (items.length > 1) {',
    paste: 'if (items.length > 1_000_000) {',
    test: PROCESSOR,
  },
  {
    failure: 'poison message (same key)',
    mechanism: 'later messages of its key wait behind it',
    file: 'packages/messaging/src/inbox/processor.ts',
    cut: '        ...block(consumer, decisions.blocked),\n',
    paste: '',
    test: LETTERS,
  },
  {
    failure: 'poison do keeps stock or money',
    mechanism: 'an undo waits behind nothing',
    file: 'packages/messaging/src/inbox/decide-batch.ts',
    cut: ' || catalogue.isUndo(incoming.message.type)',
    paste: ' || catalogue.messages.size + incoming.message.type.length < 0',
    test: LETTERS,
  },
  {
    failure: 'poison message (what no database stores)',
    mechanism: "envelopes are CloudEvents' strings, without control characters",
    file: 'packages/messages/src/envelope.ts',
    cut: '.regex(/^[^\\u0000-\\u001f\\u007f-\\u009f]*$/u',
    paste: '.regex(/^/u',
    test: PROCESSOR,
  },
  {
    failure: 'poison batch (compressed)',
    mechanism: 'every codec is read',
    file: 'packages/kafka/src/kafkajs/record-batch.ts',
    cut: 'codec: CODECS[attributes & CODEC_MASK],',
    paste: 'codec: undefined,',
    test: integration('tools/test/compressed-records.integration.test.ts'),
  },
  {
    failure: 'a few bytes that stand for gigabytes',
    mechanism: 'what a fetch may cost to take apart is bounded',
    file: 'packages/kafka/src/kafkajs/split-records.ts',
    cut: 'length.value > MAX_RECORD_BYTES',
    paste: 'length.value > Infinity',
    test: FETCH_RESPONSE,
  },
  {
    failure: 'one partition full of costly batches',
    mechanism: 'partitions take turns, within one budget',
    file: 'packages/kafka/src/kafkajs/fetch-response.ts',
    cut: 'const first = responses++ % Math.max(1, all.length);',
    paste: 'const first = 0;',
    test: FETCH_RESPONSE,
  },
  {
    failure: 'answer lost by a discard',
    mechanism: 'a discarded message is forgotten by the inbox',
    file: 'packages/messaging/src/replay/replay-one.ts',
    cut: '      ...forgetInInbox(replaying.consumer, deadLetter),\n',
    paste: '',
    test: LETTERS,
  },
  {
    failure: 'dead letter that the broker refuses',
    mechanism: 'it is set aside',
    file: 'packages/messaging/src/dead-letters/dlq-publisher.ts',
    cut: 'await setAside(db, id, error);',
    paste: '',
    test: integration('packages/messaging/test/dead-letters/dlq-publisher.integration.test.ts'),
  },
];
