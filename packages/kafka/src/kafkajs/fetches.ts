/**
 * Whole fetches instead of partitions: kafkajs calls `eachBatch` per partition, and all calls of one fetch
 * start in the same tick, so they are collected and handed over as one batch, one transaction.
 */
import type { Batch, EachBatchPayload } from 'kafkajs';
import { type BatchDelay, delayBatch } from '@sagakit/resilience/batch-delay';
import type { RawRecord } from '../record.ts';
import { type FetchedBatch, takeTurns } from './slices.ts';

export type Fetches = {
  /** For kafkajs. */
  eachBatch(payload: EachBatchPayload): Promise<void>;
  /** Resolves when the fetch in flight is handled. */
  idle(): Promise<void>;
};

export type FetchesOptions = {
  /**
   * Handles records of one fetch, in order within each partition; returns when they are committed in the
   * database.
   */
  onBatch: (records: RawRecord[], signal: AbortSignal) => Promise<void>;
  /** So many were handled. */
  onHandled: (count: number) => void;
  /** All of the partition before `next` is handled. */
  onReached: (topic: string, partition: number, next: bigint) => void;
  batchDelay?: BatchDelay | undefined;
  /** Aborted: what was not handled is left to the next owner. */
  stopping: AbortSignal;
  heartbeatMs: number;
};

/**
 * So long a fetch is worked on; what is left of it is fetched again. Rubbish by the ten thousand keeps
 * nobody's messages waiting for longer.
 */
const MAX_TURN_MS = 1_000;

type Fetched = {
  batch: Batch;
  payload: EachBatchPayload;
  resolve: () => void;
  reject: (error: unknown) => void;
};

/** kafkajs' own type does not know what our decoder makes (see fetch-response.ts). */
const asFetched = (batch: Batch) => batch as unknown as FetchedBatch;

export function createFetches(options: FetchesOptions): Fetches {
  let fetched: Fetched[] = [];
  let inFlight: Promise<void> = Promise.resolve();
  return {
    /** The first call of a tick arms the flush that takes them all. */
    eachBatch(payload) {
      return new Promise((resolve, reject) => {
        fetched.push({ batch: payload.batch, payload, resolve, reject });
        if (fetched.length > 1) return;
        setImmediate(() => {
          const taken = fetched;
          fetched = [];
          inFlight = handle(options, taken);
        });
      });
    },
    idle: () => inFlight,
  };
}

async function handle(options: FetchesOptions, taken: Fetched[]): Promise<void> {
  const { stopping } = options;
  const membership = keepMembership(taken, options.heartbeatMs);
  try {
    if (!stopping.aborted) await handleRecords(options, taken, AbortSignal.any([stopping, membership.lost]));
    membership.end();
    if (membership.lost.aborted) throw membership.lost.reason;
    for (const { resolve } of taken) resolve();
  } catch (error) {
    membership.end();
    // While stopping, what was not handled is simply left to the next owner.
    for (const { resolve, reject } of taken) {
      if (stopping.aborted) resolve();
      else reject(membership.lost.aborted ? membership.lost.reason : error);
    }
  }
}

async function handleRecords(
  options: FetchesOptions,
  taken: readonly Fetched[],
  signal: AbortSignal,
): Promise<void> {
  // After a rebalance kafkajs still hands over what it had fetched of partitions that are no longer ours.
  const live = taken.filter(({ payload }) => payload.isRunning() && !payload.isStale());
  const turn = takeTurns(live.map(({ batch }) => asFetched(batch)));
  const until = performance.now() + MAX_TURN_MS;
  let count = 0;
  for (let records = turn.next(); records; records = performance.now() < until ? turn.next() : undefined) {
    await options.onBatch(records, signal);
    options.onHandled(records.length);
    count += records.length;
  }
  for (const { batch, payload } of live) {
    const last = turn.reached(asFetched(batch));
    if (last === undefined) continue;
    payload.resolveOffset(last);
    options.onReached(batch.topic, batch.partition, BigInt(last) + 1n);
  }
  await delayBatch(options.batchDelay?.(count) ?? 0, options.stopping);
}

/**
 * A long batch (the database away) must not cost the membership, and must notice when it was lost: `lost`
 * aborts.
 */
function keepMembership(taken: readonly Fetched[], everyMs: number): { lost: AbortSignal; end(): void } {
  const lost = new AbortController();
  const timer = setInterval(() => {
    taken[0]?.payload.heartbeat().catch((error: Error) => lost.abort(error));
  }, everyMs);
  return { lost: lost.signal, end: () => clearInterval(timer) };
}
