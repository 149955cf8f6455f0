/**
 * An operator's hand on parked messages. A replay takes the same way as a delivery (the decision, one transaction), past the inbox, and
 * holds the lock of its key's queue; what comes after it in the queue follows in order, until one fails again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Background, inBackground } from '@sagakit/resilience/background';
import { databaseNow } from '@sagakit/postgres/clock';
import { type Decisions, decideBatch, describeError, loadUnitsOfWork } from '../aggregate/decide-batch.ts';
import { isTransient } from '@sagakit/postgres/database-errors';
import { type EffectRow, insertEffects } from '../effects/effect-rows.ts';
import { createRouter } from '../inbox/router.ts';
import { type ProcessorOptions, reportDecisions } from '../inbox/processor.ts';
import { newId } from '@sagakit/resilience/ids';
import type { Statement } from '@sagakit/postgres/statement';
import { type PipelinedTx, retriedTransaction } from '@sagakit/postgres/transaction';
import { abandonedQueues, lockBlocked, type Queue, unblockIfEmpty } from './blocked-keys.ts';
import {
  close,
  failAgain,
  forgetInInbox,
  headOf,
  type LockedDeadLetter,
  lockDeadLetter,
  placeOf,
  type OperatorRequest,
  recordAction,
} from './changes.ts';
import type { DeadLetterStatus } from './dead-letters.ts';

export type { OperatorRequest };

/** What the handler made of it: nothing, by name (a stale message, for instance); or what it said and what it wants to have called. */
export type ReplayOutcome =
  { result: 'ignored'; reason: string } | { result: 'decided'; caused: { type: string; data: unknown }[]; calls: string[] };

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

export type Replays = {
  replay(id: string, press: OperatorRequest): Promise<ReplayResult>;
  /** What the handler would decide now. Nothing is changed, and it may stand anywhere in its queue. */
  dryRun(id: string): Promise<ReplayResult>;
  discard(id: string, press: OperatorRequest): Promise<ReplayResult>;
  /** Goes on with queues that a process left when it died between two of their messages. */
  background: Background;
};

/** One press releases so many at most; the background goes on with the rest. */
const MAX_RELEASED = 1_000;
const LOOK_EVERY_MS = 5_000;
const ABANDONED_AT_ONCE = 100;

export function createReplays(options: ProcessorOptions): Replays {
  const { catalogue, consumer, pool, aggregates, log } = options;
  const intake = createRouter({ catalogue, consumer, aggregates });

  /** Locks the queue, then the letter: the order of every transaction that touches both. */
  async function withLetter(
    id: string,
    { anywhere }: { anywhere: boolean },
    work: (tx: PipelinedTx, letter: LockedDeadLetter, queue: Queue | undefined) => Promise<ReplayResult>,
  ): Promise<ReplayResult> {
    return retriedTransaction(pool, async (tx) => {
      const place = await placeOf(tx, id);
      if (!place) return { kind: 'unknown' };
      const queue = place.blocksKey ? place : undefined;
      if (queue) await lockBlocked(tx, consumer, [queue]);
      const letter = (await lockDeadLetter(tx, id)) as LockedDeadLetter;
      if (letter.status !== 'parked') return { kind: 'closed', status: letter.status };
      const head = queue && !anywhere ? await headOf(tx, queue) : undefined;
      if (head && head.id !== id) return { kind: 'waits', behind: head.id };
      return work(tx, letter, queue);
    });
  }

  /** Undefined: it is not for this service. */
  async function decide(
    tx: PipelinedTx,
    { record }: LockedDeadLetter,
    mode: 'replayed' | 'tried',
  ): Promise<Decisions | undefined> {
    const item = intake.fromRecord(record, () => {});
    if (!item) return undefined;
    const [sets, now] = await tx.together(() => [loadUnitsOfWork(tx, [item], aggregates), databaseNow(tx)]);
    // Nothing is blocked for it: it is the head, or is only tried.
    return decideBatch([item], sets, {
      catalogue,
      consumer,
      blocked: new Set(),
      now,
      beginsAtOnce: options.beginsAtOnce,
      outbox: options.outbox,
      mode,
    });
  }

  const unblock = (queue: Queue | undefined) => (queue ? [unblockIfEmpty(consumer, queue)] : []);

  async function tryAgain(
    tx: PipelinedTx,
    letter: LockedDeadLetter,
    queue: Queue | undefined,
    press: OperatorRequest,
  ): Promise<ReplayResult> {
    const { id } = letter;
    const audit = (words: string) => recordAction(newId(), id, 'replay', press, words);
    const settle = async (outcome: ReplayOutcome, writes: readonly Statement[]): Promise<ReplayResult> => {
      await tx.commit([...writes, close(id, 'replayed', outcome), ...unblock(queue), audit(inWords(outcome))], options.outbox);
      return replayed(outcome);
    };
    if (letter.reason === 'effect-gave-up') {
      const call = callOf(letter);
      const result = await settle(calls(call.kind), insertEffects([call], options.effectLeaseMs));
      options.onEffects([call]);
      return result;
    }
    const decisions = await decide(tx, letter, 'replayed');
    if (!decisions) return settle(NOT_FOR_THIS_SERVICE, []);
    try {
      const failure = failureOf(decisions);
      if (failure) {
        await tx.commit([failAgain(id, failure.reason, failure.error), audit(`still parked: ${failure.reason}`)]);
        return failure;
      }
      const result = await settle(outcomeOf(decisions), decisions.writes(options.effectLeaseMs));
      decisions.committed();
      reportDecisions(decisions, options);
      return result;
    } finally {
      decisions.end();
    }
  }

  async function replayOne(id: string, press: OperatorRequest): Promise<ReplayResult> {
    const result = await withLetter(id, { anywhere: false }, (tx, letter, queue) => tryAgain(tx, letter, queue, press)).catch(
      async (error: Error): Promise<ReplayResult> => {
        if (isTransient(error)) throw error;
        // The data breaks the transaction: what is to be remembered of that needs another one.
        return withLetter(id, { anywhere: false }, async (tx) => {
          const failure = { kind: 'failed', reason: 'data-error', error: describeError(error) } as const;
          const audit = recordAction(newId(), id, 'replay', press, `still parked: ${failure.reason}`);
          await tx.commit([failAgain(id, failure.reason, failure.error), audit]);
          return failure;
        });
      },
    );
    log.info({ deadLetterId: id, ...press, result: result.kind }, 'parked message replayed');
    return result;
  }

  /** Those at the head that only waited. Says how many. */
  async function release(queue: Queue, press: OperatorRequest): Promise<number> {
    for (let released = 0; released < MAX_RELEASED; released++) {
      const head = await headOf(pool, queue);
      if (!head) {
        await retriedTransaction(pool, async (tx) => {
          await lockBlocked(tx, consumer, [queue]);
          await tx.commit([unblockIfEmpty(consumer, queue)]);
        });
        return released;
      }
      if (head.reason !== 'waits-behind') return released;
      const { kind } = await replayOne(head.id, press);
      if (kind === 'failed') return released;
    }
    return MAX_RELEASED;
  }

  async function releaseBehind(id: string, { by }: OperatorRequest): Promise<number> {
    const place = await placeOf(pool, id);
    return place?.blocksKey ? release(place, { by, reason: `it waited behind ${id}` }) : 0;
  }

  return {
    async replay(id, press) {
      const result = await replayOne(id, press);
      return result.kind === 'replayed' ? { ...result, released: await releaseBehind(id, press) } : result;
    },
    dryRun: (id) =>
      withLetter(id, { anywhere: true }, async (tx, letter) => {
        if (letter.reason === 'effect-gave-up') return replayed(calls(callOf(letter).kind));
        const decisions = await decide(tx, letter, 'tried');
        if (!decisions) return replayed(NOT_FOR_THIS_SERVICE);
        decisions.end();
        return failureOf(decisions) ?? replayed(outcomeOf(decisions));
      }),
    async discard(id, press) {
      const result = await withLetter(id, { anywhere: true }, async (tx, letter, queue) => {
        await tx.commit([
          close(id, 'discarded', { result: 'discarded', reason: press.reason ?? '' }),
          ...forgetInInbox(consumer, letter),
          ...unblock(queue),
          recordAction(newId(), id, 'discard', press, 'discarded'),
        ]);
        return { kind: 'discarded', released: 0 };
      });
      log.info({ deadLetterId: id, ...press, result: result.kind }, 'parked message discarded');
      return result.kind === 'discarded' ? { ...result, released: await releaseBehind(id, press) } : result;
    },
    background: inBackground(async (signal) => {
      while (!signal.aborted) {
        await releaseAbandoned().catch((error: Error) =>
          log.debug({ err: error }, 'no look at the blocked keys; the next will do'),
        );
        await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
      }
    }),
  };

  async function releaseAbandoned(): Promise<void> {
    for (const queue of await abandonedQueues(pool, consumer, ABANDONED_AT_ONCE)) {
      await release(queue, { by: consumer, reason: 'what it waited behind was closed' });
    }
  }
}

const NOT_FOR_THIS_SERVICE: ReplayOutcome = { result: 'ignored', reason: 'not-for-this-service' };
const calls = (kind: string): ReplayOutcome => ({ result: 'decided', caused: [], calls: [kind] });
const replayed = (outcome: ReplayOutcome): ReplayResult => ({ kind: 'replayed', outcome, released: 0 });

/** A call to the outside that was given up: it begins a new round. */
function callOf({ record }: LockedDeadLetter): EffectRow {
  return { ...(JSON.parse(record.value?.toString('utf8') ?? '') as EffectRow), attempts: 0, begun: true };
}

function failureOf({ parked: [letter] }: Decisions): Extract<ReplayResult, { kind: 'failed' }> | undefined {
  return letter && { kind: 'failed', reason: letter.reason, error: letter.error };
}

function outcomeOf({ outcomes: [only], effects }: Decisions): ReplayOutcome {
  const { ignored, messages = [] } = only?.outcome ?? {};
  if (ignored) return { result: 'ignored', reason: ignored };
  return {
    result: 'decided',
    caused: messages.map(({ type, data }) => ({ type, data })),
    calls: effects.map(({ kind }) => kind),
  };
}

function inWords(outcome: ReplayOutcome): string {
  if (outcome.result === 'ignored') return `ignored: ${outcome.reason}`;
  const said = [...outcome.caused.map(({ type }) => type), ...outcome.calls.map((kind) => `call ${kind}`)];
  return said.length === 0 ? 'decided' : `decided: ${said.join(', ')}`;
}
