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
  type Action,
  close,
  failAgain,
  forgetInInbox,
  headOf,
  isRecorded,
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

export type ReplayOptions = ProcessorOptions & {
  /** Of the calls to the outside that this release makes. */
  effectKinds: readonly string[];
};
export type Replaying = ReplayOptions & { router: Router };

/** A dead letter whose row is locked, and its queue before it. */
type Locked = {
  tx: PipelinedTx;
  deadLetter: LockedDeadLetter;
  queue: Queue | undefined;
  /** Writes, commits, and says what came of it. */
  settle(result: ReplayResult, statements: readonly Statement[]): Promise<ReplayResult>;
};

/**
 * Locks the queue, then the dead letter: the order of every transaction that touches both.
 *
 * @param anywhere false: only the head of its queue is taken
 * @param action what `settle` records: by this it is looked up if nobody heard whether its COMMIT took effect
 */
async function withDeadLetter(
  { pool, consumer }: Replaying,
  id: string,
  { anywhere, action }: { anywhere: boolean; action?: Action },
  work: (locked: Locked) => Promise<ReplayResult>,
): Promise<ReplayResult> {
  let settling: ReplayResult | undefined;
  return retriedTransaction(pool, async (tx) => {
    const place = await placeOf(tx, id);
    if (!place) return { kind: 'unknown' };
    const queue = place.blocksKey ? place : undefined;
    if (queue) await lockBlocked(tx, consumer, [queue]);
    const deadLetter = (await lockDeadLetter(tx, id)) as LockedDeadLetter;
    // The try before may have been committed after all; now that the row is locked, that is known.
    if (settling && action && (await isRecorded(tx, action))) return settling;
    if (deadLetter.status !== 'parked') return { kind: 'closed', status: deadLetter.status };
    const head = queue && !anywhere ? await headOf(tx, queue) : undefined;
    if (head && head.id !== id) return { kind: 'waits', behind: head.id };
    return work({
      tx,
      deadLetter,
      queue,
      async settle(result, statements) {
        settling = result;
        await tx.commit(statements);
        return result;
      },
    });
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

async function replayLocked(replaying: Replaying, locked: Locked, action: Action): Promise<ReplayResult> {
  const { deadLetter } = locked;
  const { id } = deadLetter;
  const settle = (outcome: ReplayOutcome, writes: readonly Statement[]): Promise<ReplayResult> => {
    const closed = close(id, 'replayed', outcome);
    const audit = recordAction(action, id, inWords(outcome));
    return locked.settle(replayed(outcome), [...writes, closed, ...unblock(replaying, locked), audit]);
  };
  if (deadLetter.reason === 'effect-gave-up') {
    const call = callOf(replaying, deadLetter);
    const result = await settle(callMade(call.kind), insertEffects([call], replaying.effectLeaseMs));
    replaying.onEffects([call]);
    return result;
  }
  const decisions = await decide(replaying, locked, 'replayed');
  if (!decisions) return settle(NOT_FOR_THIS_SERVICE, []);
  try {
    const failure = failureOf(decisions);
    if (failure) return await stillParked(locked, action, failure);
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

const stillParked = (
  { deadLetter: { id }, settle }: Locked,
  action: Action,
  failure: Extract<ReplayResult, { kind: 'failed' }>,
): Promise<ReplayResult> =>
  settle(failure, [
    failAgain(id, failure.reason, failure.error),
    recordAction(action, id, `still parked: ${failure.reason}`),
  ]);

/**
 * Throws IncompatibleReleaseError if another release must decide about it, or make its call: then it stays as
 * it is, for that one.
 */
export async function replayOne(
  replaying: Replaying,
  id: string,
  request: OperatorRequest,
): Promise<ReplayResult> {
  const action: Action = { ...request, id: newId(), action: 'replay' };
  const once = { anywhere: false, action };
  const replay = (locked: Locked) => replayLocked(replaying, locked, action);
  const result = await withDeadLetter(replaying, id, once, replay).catch(async (error: Error) => {
    if (isTransient(error) || error instanceof IncompatibleReleaseError) throw error;
    // The data breaks the transaction: what is to be remembered of that needs another one.
    const failure = { kind: 'failed', reason: 'data-error', error: describeError(error) } as const;
    return withDeadLetter(replaying, id, once, (locked) => stillParked(locked, action, failure));
  });
  replaying.log.info({ deadLetterId: id, ...request, result: result.kind }, 'dead letter replayed');
  return result;
}

/** What the handler would decide now. Nothing is changed, and it may stand anywhere in its queue. */
export const dryRunOne = (replaying: Replaying, id: string): Promise<ReplayResult> =>
  withDeadLetter(replaying, id, { anywhere: true }, async (locked) => {
    const { deadLetter } = locked;
    if (deadLetter.reason === 'effect-gave-up') return replayed(callMade(callOf(replaying, deadLetter).kind));
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
  const action: Action = { ...request, id: newId(), action: 'discard' };
  const result = await withDeadLetter(replaying, id, { anywhere: true, action }, (locked) =>
    locked.settle({ kind: 'discarded', released: 0 }, [
      close(id, 'discarded', { result: 'discarded', reason: request.reason ?? '' }),
      ...forgetInInbox(replaying.consumer, locked.deadLetter),
      ...unblock(replaying, locked),
      recordAction(action, id, 'discarded'),
    ]),
  );
  replaying.log.info({ deadLetterId: id, ...request, result: result.kind }, 'dead letter discarded');
  return result;
}

/** A call to the outside that was given up: it begins a new round, if this release makes such. */
function callOf({ effectKinds }: Replaying, { record }: LockedDeadLetter): EffectRow {
  const call = JSON.parse(record.value?.toString('utf8') ?? '') as EffectRow;
  if (!effectKinds.includes(call.kind))
    throw new IncompatibleReleaseError(`this release does not make a call of the kind ${call.kind}`);
  return { ...call, attempts: 0, started: true };
}
