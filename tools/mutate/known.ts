import type { Known } from './tally.ts';

/** Mutants that unit tests leave, each with its reason: it makes no difference, or another kind of test stands for it. */
export const KNOWN: readonly Known[] = [];
