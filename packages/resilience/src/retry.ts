import { setTimeout as delay } from 'node:timers/promises';

export type Backoff = { initialMs: number; maxMs: number };

/** Exponential with full jitter, between half and the whole of the step. `attempt` counts from 1. */
export function backoffMs(
  { initialMs, maxMs }: Backoff,
  attempt: number,
  random: () => number = Math.random,
): number {
  const step = Math.min(maxMs, initialMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(step / 2 + (random() * step) / 2);
}

/**
 * Runs `work` until it succeeds or fails with an error that `retryable` refuses. Gives up when `signal`
 * aborts (throws the last error) or, with `attempts`, after that many.
 */
export async function retry<T>(
  work: () => Promise<T>,
  options: {
    retryable: (error: unknown) => boolean;
    backoff: Backoff;
    signal?: AbortSignal;
    attempts?: number;
    onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
  },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!options.retryable(error) || options.signal?.aborted || attempt >= (options.attempts ?? Infinity))
        throw error;
      const waitMs = backoffMs(options.backoff, attempt);
      options.onRetry?.(error, attempt, waitMs);
      await delay(waitMs, undefined, options.signal ? { signal: options.signal } : {}).catch(() => {
        throw error;
      });
    }
  }
}
