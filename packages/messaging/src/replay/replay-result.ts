/** What came of a replay or a discard, for the operator and for the audit. */
import type { Masks } from '@sagakit/messages/personal';
import type { DeadLetterStatus } from '../dead-letters/dead-letters.ts';
import type { Decisions } from '../inbox/decide-batch.ts';

/**
 * What the handler made of it: nothing, by name (a stale message, for instance); or its messages, and the
 * calls that it wants to have made.
 */
export type ReplayOutcome =
  | { result: 'ignored'; reason: string }
  | { result: 'decided'; caused: { type: string; data: unknown }[]; calls: string[] };

export type ReplayResult =
  | { kind: 'unknown' }
  | { kind: 'closed'; status: DeadLetterStatus }
  /** Another must be replayed or discarded first. */
  | { kind: 'waits'; behind: string }
  /** `released`: how many that waited behind it followed. */
  | { kind: 'replayed'; outcome: ReplayOutcome; released: number }
  | { kind: 'discarded'; released: number }
  /** It stays parked; its attempts are counted. */
  | { kind: 'failed'; reason: string; error: string };

export const NOT_FOR_THIS_SERVICE: ReplayOutcome = { result: 'ignored', reason: 'not-for-this-service' };

export const callMade = (kind: string): ReplayOutcome => ({ result: 'decided', caused: [], calls: [kind] });

export const replayed = (outcome: ReplayOutcome): ReplayResult => ({
  kind: 'replayed',
  outcome,
  released: 0,
});

/** Undefined: the decision did not fail. */
export function failureOf({
  parked: [deadLetter],
}: Decisions): Extract<ReplayResult, { kind: 'failed' }> | undefined {
  return deadLetter && { kind: 'failed', reason: deadLetter.reason, error: deadLetter.error };
}

/** It is stored and shown, so what is personal or secret in it is masked. */
export function outcomeOf({ outcomes: [only], effects }: Decisions, masks: Masks): ReplayOutcome {
  const { ignored, messages = [] } = only?.outcome ?? {};
  if (ignored) return { result: 'ignored', reason: ignored };
  return {
    result: 'decided',
    caused: messages.map(({ type, data }) => ({ type, data: masks.data(type, data) })),
    calls: effects.map(({ kind }) => kind),
  };
}

/** For the audit. */
export function inWords(outcome: ReplayOutcome): string {
  if (outcome.result === 'ignored') return `ignored: ${outcome.reason}`;
  const caused = [...outcome.caused.map(({ type }) => type), ...outcome.calls.map((kind) => `call ${kind}`)];
  return caused.length === 0 ? 'decided' : `decided: ${caused.join(', ')}`;
}
