/**
 * An operator's hand on dead letters. A replay takes the same way as a delivery (the decision, one
 * transaction), past the inbox, and holds the lock of its key's queue; what comes after it in the queue
 * follows in order, until one fails again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { retriedTransaction } from '@sagakit/postgres/transaction';
import { type Background, inBackground } from '@sagakit/resilience/background';
import { IncompatibleReleaseError } from '../aggregate/decision.ts';
import { abandonedQueues, lockBlocked, type Queue, unblockIfEmpty } from '../dead-letters/blocked-keys.ts';
import type { ProcessorOptions } from '../inbox/processor.ts';
import { createRouter } from '../inbox/router.ts';
import { headOf, type OperatorRequest, placeOf } from './changes.ts';
import { discardOne, dryRunOne, type Replaying, replayOne, type ReplayOptions } from './replay-one.ts';
import type { ReplayOutcome, ReplayResult } from './replay-result.ts';

export type { OperatorRequest, ReplayOutcome, ReplayResult };

/** `replay` and `dryRun` throw IncompatibleReleaseError if another release must decide about it. */
export type Replays = {
  replay(id: string, request: OperatorRequest): Promise<ReplayResult>;
  /** What the handler would decide now. Nothing is changed, and it may stand anywhere in its queue. */
  dryRun(id: string): Promise<ReplayResult>;
  discard(id: string, request: OperatorRequest): Promise<ReplayResult>;
  /** Goes on with queues that a process left when it died between two of their messages. */
  background: Background;
};

/** One request releases so many at most; the background goes on with the rest. */
const MAX_RELEASED = 1_000;
const SEARCH_EVERY_MS = 5_000;
const ABANDONED_AT_ONCE = 100;

export function createReplays(options: ReplayOptions): Replays {
  const { pool, consumer, log } = options;
  const replaying: Releasing = {
    ...options,
    router: createRouter(options),
    onLeft: sayOnce(log),
  };

  // Each search goes on after the one before: those that this release cannot release are in nobody's way.
  let after: Queue | undefined;
  async function releaseAbandoned(): Promise<void> {
    const queues = await abandonedQueues(pool, consumer, { after, limit: ABANDONED_AT_ONCE });
    after = queues.length < ABANDONED_AT_ONCE ? undefined : queues.at(-1);
    for (const queue of queues) {
      await release(replaying, queue, { by: consumer, reason: 'what it waited behind was closed' });
    }
  }

  return {
    async replay(id, request) {
      const result = await replayOne(replaying, id, request);
      if (result.kind !== 'replayed') return result;
      return { ...result, released: await releaseBehind(replaying, id, request) };
    },
    dryRun: (id) => dryRunOne(replaying, id),
    async discard(id, request) {
      const result = await discardOne(replaying, id, request);
      if (result.kind !== 'discarded') return result;
      return { ...result, released: await releaseBehind(replaying, id, request) };
    },
    background: inBackground(async (signal) => {
      while (!signal.aborted) {
        await releaseAbandoned().catch((error: Error) =>
          log.debug({ err: error }, 'blocked keys not read; the next time will do'),
        );
        await delay(SEARCH_EVERY_MS, undefined, { signal }).catch(() => {});
      }
    }),
  };
}

/** `onLeft`: told of what another release must release. */
type Releasing = Replaying & { onLeft: (error: IncompatibleReleaseError) => void };

/** They are met again at every search, for as long as no release comes that can. */
function sayOnce(log: ProcessorOptions['log']): Releasing['onLeft'] {
  const said = new Set<string>();
  return ({ message: reason }) => {
    if (said.has(reason)) return;
    said.add(reason);
    log.warn({ reason }, 'parked messages are left to another release');
  };
}

/**
 * Replays those at the head that only waited. Says how many. What another release must decide about waits on
 * for the background of one that can.
 */
async function release(replaying: Releasing, queue: Queue, request: OperatorRequest): Promise<number> {
  const { pool, consumer } = replaying;
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
    const result = await replayOne(replaying, head.id, request).catch((error: unknown) => {
      if (!(error instanceof IncompatibleReleaseError)) throw error;
      replaying.onLeft(error);
    });
    if (!result || result.kind === 'failed') return released;
  }
  return MAX_RELEASED;
}

async function releaseBehind(replaying: Releasing, id: string, { by }: OperatorRequest): Promise<number> {
  const place = await placeOf(replaying.pool, id);
  return place?.blocksKey ? release(replaying, place, { by, reason: `it waited behind ${id}` }) : 0;
}
