/**
 * A replay, a dry run or a discard of one dead letter: one transaction that holds the lock of its key's
 * queue.
 */
import { databaseNow } from '@sagakit/postgres/clock';
import { isTransient } from '@sagakit/postgres/database-errors';
import type { Statement } from '@sagakit/postgres/statement';
import { type PipelinedTx, retriedTransaction } from '@sagakit/postgres/transaction';
import { newId } from '@sagakit/resilience/ids';
import { lockBlocked, type Queue, unblockIfEmpty } from '../dead-letters/blocked-keys.ts';
import { eraseBeside } from '../dead-letters/erase.ts';
import { type EffectRow, insertEffects } from '../effects/effect-rows.ts';
import { IncompatibleReleaseError } from '../aggregate/decision.ts';
import { type Decisions, decideBatch, describeError, loadUnitsOfWork } from '../inbox/decide-batch.ts';
import { type ProcessorOptions, reportDecisions } from '../inbox/processor.ts';
import type { Router } from '../inbox/router.ts';
import {
  close,
  failAgain,
  forgetInInbox,
  headOf,
  type LockedDeadLetter,
  lockDeadLetter,
  type OperatorRequest,
  placeOf,
  recordAction,
} from './changes.ts';
import {
  callMade,
  failureOf,
  inWords,
  NOT_FOR_THIS_SERVICE,
  outcomeOf,
  replayed,
  type ReplayOutcome,
  type ReplayResult,
} from './replay-result.ts';

export type Replaying = ProcessorOptions & { router: Router };

/** A dead letter whose row is locked, and its queue before it. */
type Locked = { tx: PipelinedTx; deadLetter: LockedDeadLetter; queue: Queue | undefined };

/**
 * Locks the queue, then the dead letter: the order of every transaction that touches both.
 *
 * @param anywhere false: only the head of its queue is taken
 */
async function withDeadLetter(
  { pool, consumer }: Replaying,
  id: string,
  { anywhere }: { anywhere: boolean },
  work: (locked: Locked) => Promise<ReplayResult>,
): Promise<ReplayResult> {
  return retriedTransaction(pool, async (tx) => {
    const place = await placeOf(tx, id);
    if (!place) return { kind: 'unknown' };
    const queue = place.blocksKey ? place : undefined;
    if (queue) await lockBlocked(tx, consumer, [queue]);
    const deadLetter = (await lockDeadLetter(tx, id)) as LockedDeadLetter;
    if (deadLetter.status !== 'parked') return { kind: 'closed', status: deadLetter.status };
    const head = queue && !anywhere ? await headOf(tx, queue) : undefined;
    if (head && head.id !== id) return { kind: 'waits', behind: head.id };
    return work({ tx, deadLetter, queue });
  });
}

/** Undefined: it is not for this service. */
async function decide(
  { router, catalogue, consumer, aggregates, startsAtOnce, outbox }: Replaying,
  { tx, deadLetter: { record } }: Locked,
  mode: 'replayed' | 'tried',
): Promise<Decisions | undefined> {
  const item = router.fromRecord(record, () => {});
  if (!item) return undefined;
  const [units, now] = await tx.together(() => [loadUnitsOfWork(tx, [item], aggregates), databaseNow(tx)]);
  // Nothing is blocked for it: it is the head, or is only tried.
  return decideBatch([item], units, {
    catalogue,
    consumer,
    blocked: new Set(),
    now,
    startsAtOnce,
    outbox,
    mode,
  });
}

const unblock = ({ consumer }: Replaying, { queue }: Locked) =>
  queue ? [unblockIfEmpty(consumer, queue)] : [];

async function replayLocked(
  replaying: Replaying,
  locked: Locked,
  request: OperatorRequest,
): Promise<ReplayResult> {
  const { tx, deadLetter } = locked;
  const { id } = deadLetter;
  const audit = (words: string) => recordAction(newId(), id, 'replay', request, words);
  const settle = async (outcome: ReplayOutcome, writes: readonly Statement[]): Promise<ReplayResult> => {
    const closed = close(id, 'replayed', outcome);
    const statements = [...writes, closed, ...unblock(replaying, locked), audit(inWords(outcome))];
    await tx.commit(statements);
    return replayed(outcome);
  };
  if (deadLetter.reason === 'effect-gave-up') {
    const call = callOf(deadLetter);
    const result = await settle(callMade(call.kind), insertEffects([call], replaying.effectLeaseMs));
    replaying.onEffects([call]);
    return result;
  }
  const decisions = await decide(replaying, locked, 'replayed');
  if (!decisions) return settle(NOT_FOR_THIS_SERVICE, []);
  try {
    const failure = failureOf(decisions);
    if (failure) {
      await tx.commit([
        failAgain(id, failure.reason, failure.error),
        audit(`still parked: ${failure.reason}`),
      ]);
      return failure;
    }
    const writes = [
      ...decisions.writes(replaying.effectLeaseMs),
      ...eraseBeside(replaying.consumer, decisions.erased),
    ];
    const result = await settle(outcomeOf(decisions, replaying.masks), writes);
    decisions.committed();
    reportDecisions(decisions, replaying);
    return result;
  } finally {
    decisions.end();
  }
}

/** Throws IncompatibleReleaseError if another release must decide: then it stays as it is, for that one. */
export async function replayOne(
  replaying: Replaying,
  id: string,
  request: OperatorRequest,
): Promise<ReplayResult> {
  const replay = (locked: Locked) => replayLocked(replaying, locked, request);
  const result = await withDeadLetter(replaying, id, { anywhere: false }, replay).catch(
    async (error: Error) => {
      if (isTransient(error) || error instanceof IncompatibleReleaseError) throw error;
      // The data breaks the transaction: what is to be remembered of that needs another one.
      return withDeadLetter(replaying, id, { anywhere: false }, async ({ tx }) => {
        const failure = { kind: 'failed', reason: 'data-error', error: describeError(error) } as const;
        const audit = recordAction(newId(), id, 'replay', request, `still parked: ${failure.reason}`);
        await tx.commit([failAgain(id, failure.reason, failure.error), audit]);
        return failure;
      });
    },
  );
  replaying.log.info({ deadLetterId: id, ...request, result: result.kind }, 'dead letter replayed');
  return result;
}

/** What the handler would decide now. Nothing is changed, and it may stand anywhere in its queue. */
export const dryRunOne = (replaying: Replaying, id: string): Promise<ReplayResult> =>
  withDeadLetter(replaying, id, { anywhere: true }, async (locked) => {
    const { deadLetter } = locked;
    if (deadLetter.reason === 'effect-gave-up') return replayed(callMade(callOf(deadLetter).kind));
    const decisions = await decide(replaying, locked, 'tried');
    if (!decisions) return replayed(NOT_FOR_THIS_SERVICE);
    decisions.end();
    return failureOf(decisions) ?? replayed(outcomeOf(decisions, replaying.masks));
  });

export async function discardOne(
  replaying: Replaying,
  id: string,
  request: OperatorRequest,
): Promise<ReplayResult> {
  const result = await withDeadLetter(replaying, id, { anywhere: true }, async (locked) => {
    const { tx, deadLetter } = locked;
    await tx.commit([
      close(id, 'discarded', { result: 'discarded', reason: request.reason ?? '' }),
      ...forgetInInbox(replaying.consumer, deadLetter),
      ...unblock(replaying, locked),
      recordAction(newId(), id, 'discard', request, 'discarded'),
    ]);
    return { kind: 'discarded', released: 0 };
  });
  replaying.log.info({ deadLetterId: id, ...request, result: result.kind }, 'dead letter discarded');
  return result;
}

/** A call to the outside that was given up: it begins a new round. */
function callOf({ record }: LockedDeadLetter): EffectRow {
  return { ...(JSON.parse(record.value?.toString('utf8') ?? '') as EffectRow), attempts: 0, started: true };
}
