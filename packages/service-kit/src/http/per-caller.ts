/** How often one caller may do a thing. The memory is bounded: who is forgotten begins anew. */
import { LRUCache } from 'lru-cache';
import { Problem } from './problem.ts';

const MAX_CALLERS = 10_000;

export type Limit = {
  /** Takes one turn of the caller's. Throws a 429 that says when the next one is free. */
  take(caller: string): void;
};

/**
 * When the next turn is free, by the generic cell rate algorithm (a bucket that leaks, in one number): each
 * turn moves the moment at which all is forgotten by `everyMs`; it may lie `burst` turns ahead.
 */
export function nextTurn(
  forgottenAt: number | undefined,
  now: number,
  { everyMs, burst }: { everyMs: number; burst: number },
): { forgottenAt: number } | { waitMs: number } {
  const after = Math.max(forgottenAt ?? now, now) + everyMs;
  const waitMs = after - now - everyMs * burst;
  return waitMs > 0 ? { waitMs } : { forgottenAt: after };
}

/**
 * `perMinute` turns at once, and then as many in each minute. Each replica counts for itself.
 *
 * @param what is said in the refusal: `bookings`
 * @param now milliseconds of a clock that only goes forward
 */
export function limitPerCaller(what: string, perMinute: number, now = () => performance.now()): Limit {
  const callers = new LRUCache<string, number>({ max: MAX_CALLERS });
  const rate = { everyMs: 60_000 / perMinute, burst: perMinute };
  return {
    take(caller) {
      const turn = nextTurn(callers.get(caller), now(), rate);
      if ('forgottenAt' in turn) return void callers.set(caller, turn.forgottenAt);
      throw new Problem(429, `At most ${perMinute} ${what} a minute are taken from one caller.`, {
        headers: { 'retry-after': String(Math.ceil(turn.waitMs / 1_000)) },
      });
    },
  };
}
