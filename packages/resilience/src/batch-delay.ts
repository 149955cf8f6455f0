/**
 * How long to wait after a batch before the next is taken, so that more comes together: a batch has a cost of
 * its own, for this process, the database and the broker, as high as that of some twenty messages
 * (docs/performance.md).
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds to wait after so many were taken; 0 before the first. */
export type BatchDelay = (taken: number) => number;

const MS_PER_MESSAGE = 1;
const MAX_MS = 12;

/**
 * For what a caller waits for. A batch of one or two says that there is no load: then the wait is not
 * noticed. The larger the batches, the longer it is, and the larger the next: under load latency is spent on
 * fewer batches, which leaves more of the processor.
 */
export const adaptiveBatchDelay: BatchDelay = (taken) => Math.min(MAX_MS, taken * MS_PER_MESSAGE);

/** For what nobody waits for: always as long. */
export const fixedBatchDelay =
  (ms: number): BatchDelay =>
  () =>
    ms;

/** Waits, unless or until it is aborted. */
export async function delayBatch(ms: number, signal?: AbortSignal): Promise<void> {
  // A timer has no finer grain than a millisecond.
  if (ms >= 1) await delay(ms, undefined, signal ? { signal } : {}).catch(() => {});
}
