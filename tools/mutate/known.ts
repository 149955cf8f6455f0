import type { Known } from './tally.ts';

/** Mutants that unit tests leave, each with its reason: it makes no difference, or another kind of test stands for it. */
export const KNOWN: readonly Known[] = [
  {
    file: 'packages/kafka/src/kafkajs/partitioner.ts',
    line: 'for (let at = length - 1; at >= tail; at--) hash ^= view.getUint8(at) << (8 * (at - tail));',
    becomes: 'at + tail',
    because: 'the tail is a multiple of four, so eight times it is one of 32, and JavaScript shifts modulo 32',
  },
];
