import type { Known } from './tally.ts';

/** Mutants that unit tests leave, each with its reason: it makes no difference, or another kind of test stands for it. */
export const KNOWN: readonly Known[] = [
  {
    file: 'packages/kafka/src/kafkajs/partitioner.ts',
    line: 'for (let at = length - 1; at >= tail; at--) hash ^= view.getUint8(at) << (8 * (at - tail));',
    becomes: 'at + tail',
    because: 'the tail is a multiple of four, so eight times it is one of 32, and JavaScript shifts modulo 32',
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
    line: 'while (waiting[0] && waiting[0].since < oldest) waiting.shift()?.reject(new OverloadError(`waited for over ${maxWaitMs} ms`));',
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
];
