import type { Known } from './tally.ts';

/**
 * Mutants that unit tests leave, each with its reason: it makes no difference, or another kind of test stands
 * for it.
 */
export const KNOWN: readonly Known[] = [
  {
    file: 'packages/kafka/src/kafkajs/partitioner.ts',
    line: 'for (let at = length - 1; at >= tail; at--) hash ^= view.getUint8(at) << (8 * (at - tail));',
    becomes: 'at + tail',
    because:
      'the tail is a multiple of four, so eight times it is one of 32, and JavaScript shifts modulo 32',
  },
  {
    file: 'packages/resilience/src/batch-delay.ts',
    line: 'export const adaptiveBatchDelay: BatchDelay = (taken) => Math.min(MAX_MS, taken * MS_PER_MESSAGE);',
    becomes: 'taken / MS_PER_MESSAGE',
    because: 'it is one millisecond per message',
  },
  {
    file: 'packages/resilience/src/circuit-breaker.ts',
    line: 'let trying = false;',
    becomes: 'true',
    because: 'it is looked at while the breaker is open only, and the failure that opens it sets it',
  },
  {
    file: 'packages/resilience/src/group-commit.ts',
    line: 'while (waiting[0] && waiting[0].since < oldest)',
    becomes: 'waiting[0].since <= oldest',
    because: 'whoever has waited for just that long, to the microsecond, may be refused or not',
  },
  {
    file: 'packages/resilience/src/ids.ts',
    line: 'if (used + bytes > POOL.length) {',
    becomes: 'true',
    because: 'as random, but slower: the pool is filled for each id',
  },
  {
    file: 'packages/resilience/src/ids.ts',
    line: 'if (used + bytes > POOL.length) {',
    becomes: 'used + bytes >= POOL.length',
    because: 'the pool is filled anew a few bytes earlier',
  },
  {
    file: 'packages/messaging/src/inbox/decode-record.ts',
    line: 'if ((value?.length ?? 0) <= MAX_PARTS) return false;',
    becomes: 'false',
    because: 'only slower: parts are counted that cannot be too many',
  },
  {
    file: 'packages/messaging/src/inbox/decode-record.ts',
    line: 'if ((value?.length ?? 0) <= MAX_PARTS) return false;',
    becomes: '(value?.length ?? 0) < MAX_PARTS',
    because: 'as many bytes as there may be parts are never as many parts',
  },
  {
    file: 'packages/messaging/src/inbox/decode-record.ts',
    line: 'while (open.length > 0 && parts <= MAX_PARTS) {',
    becomes: 'true',
    because: 'only slower: what is left open is gone through, though nothing is added',
  },
  {
    file: 'packages/messaging/src/inbox/decode-record.ts',
    line: 'return without.length < Object.keys(json).length ? Envelope.safeParse(Object.fromEntries(without)) : read;',
    becomes: 'true',
    because: 'only slower: the same is read again, and is as wrong',
  },
  {
    file: 'packages/messaging/src/inbox/decode-record.ts',
    line: 'return without.length < Object.keys(json).length ? Envelope.safeParse(Object.fromEntries(without)) : read;',
    becomes: 'without.length <= Object.keys(json).length',
    because: 'only slower: the same is read again, and is as wrong',
  },
  {
    file: 'packages/messaging/src/inbox/router.ts',
    line: '...(aggregate.local ?? []),',
    becomes: '["Stryker was here"]',
    because: 'an input of a name that nobody gives',
  },
  {
    file: 'packages/messaging/src/inbox/router.ts',
    line: "hash.update(`${part?.length ?? 'null'} `).update(part ?? '');",
    becomes: '""',
    because: 'what is not there is told from what is empty by the digit that is missing',
  },
  {
    file: 'packages/messaging/src/inbox/router.ts',
    line: "hash.update(`${part?.length ?? 'null'} `).update(part ?? '');",
    becomes: '"Stryker was here!"',
    because: 'what is not there is told from what is empty by the word in front',
  },
  {
    file: 'packages/messaging/src/outbox/scan-schedule.ts',
    line: 'const byNumber = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1);',
    becomes: 'a <= b',
    because: 'no two of them are the same',
  },
  {
    file: 'tools/checker/invariants.ts',
    line: "const ended = status.get(orderId) ?? '';",
    becomes: '"Stryker was here!"',
    because: 'there is no status of that name either',
  },
  {
    file: 'packages/saga/src/moves.ts',
    line: 'const refusal = detail === undefined ? { reason } : { reason, detail };',
    becomes: 'false',
    because: 'a detail that is undefined is none in JSON, which is how a state is stored',
  },
  {
    file: 'packages/messaging/src/aggregate/aggregate.ts',
    line: 'return waiting.get(kind)?.has(message.subject) ?? false;',
    becomes: 'true',
    because: 'each kind that the list names with mayCancel has been asked for',
  },
  {
    file: 'packages/messaging/src/aggregate/aggregate.ts',
    line: 'if (journals.length > 0)',
    becomes: 'true',
    because: 'what nobody records is kept for nobody, until the end of the batch',
  },
  {
    file: 'packages/messaging/src/aggregate/aggregate.ts',
    line: 'if (journals.length > 0)',
    becomes: 'journals.length >= 0',
    because: 'what nobody records is kept for nobody, until the end of the batch',
  },
  {
    file: 'packages/messaging/src/aggregate/aggregate.ts',
    line: 'entries.get(type)?.mayCancel.some((effect) => effect.kind === kind),',
    becomes: 'true',
    because: 'the database is asked about subjects that nobody wants to know of',
  },
  {
    file: 'packages/saga/src/state.ts',
    line: "return { kind: 'refused', reason, ...(detail === undefined ? {} : { detail }) };",
    becomes: 'false',
    because: 'a detail that is undefined is none in JSON, which is how a state is stored',
  },
  {
    file: 'services/saga-orchestrator/src/sagas/cancel-order.saga.ts',
    line: "whenUndone: nothing('it only goes forward'),",
    becomes: '""',
    because: 'it is said to who reads the saga',
  },
  {
    file: 'packages/messaging/src/aggregate/complete.ts',
    line: 'const ownTopics = new Set([`${name}.commands`, ...handles.filter(isCommand).map(({ topic }) => topic)]);',
    becomes: 'handles',
    because: 'there is no command on a topic of events',
  },
];
