/**
 * A circuit breaker (Nygard, "Release It!"): after several failures in a row nothing is called for a while,
 * then one call tries whether the other side is back. Each failed try doubles the while. What is not called
 * keeps its place and its attempts.
 */
import { type Backoff, backoffMs } from './retry.ts';

export type CircuitBreaker = {
  /** True: call now (while it is open: the one try). False: not before `waitMs` has passed. */
  enter(): boolean;
  /** Milliseconds until `enter` may say yes; 0 if it does so now. */
  waitMs(): number;
  succeeded(): void;
  failed(): void;
  /** The call was not made after all. */
  withdrawn(): void;
  open(): boolean;
};

export function createCircuitBreaker({
  threshold,
  backoff,
  now = () => performance.now(),
  random = Math.random,
}: {
  /** Failures in a row that open it. */
  threshold: number;
  backoff: Backoff;
  now?: () => number;
  random?: () => number;
}): CircuitBreaker {
  let failures = 0;
  let tries = 0;
  let closedFrom = 0;
  /** One try is under way. Looked at while it is open only; the failure that opens it resets it. */
  let trying = false;
  const open = () => failures >= threshold;

  return {
    open,
    waitMs: () => (!open() ? 0 : trying ? backoff.initialMs : Math.max(0, closedFrom - now())),
    enter() {
      if (!open()) return true;
      if (trying || now() < closedFrom) return false;
      trying = true;
      return true;
    },
    succeeded() {
      failures = 0;
      tries = 0;
    },
    withdrawn() {
      trying = false;
    },
    failed() {
      failures++;
      trying = false;
      if (!open()) return;
      // Calls that were under way when it opened fail too: only a try makes the pause longer.
      if (now() >= closedFrom) tries++;
      closedFrom = Math.max(closedFrom, now() + backoffMs(backoff, tries, random));
    },
  };
}
