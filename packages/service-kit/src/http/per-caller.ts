/** How often one caller may do a thing. The memory is bounded: who is forgotten begins anew. */
import { LRUCache } from 'lru-cache';
import { toProblem } from './answer-problem.ts';
import { Problem } from './problem.ts';

const MAX_CALLERS = 10_000;

export type Limit = {
  /**
   * The work takes one turn of the caller's. Rejects with a 429 that says when the next one is free. What
   * could not be done for now gives its turn back (503: the service is away or full, and the caller is told
   * to come back).
   */
  turn<T>(caller: string, work: () => Promise<T>): Promise<T>;
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

  /** When the turn will have come back by itself. */
  function take(caller: string): number {
    const turn = nextTurn(callers.get(caller), now(), rate);
    if ('waitMs' in turn)
      throw new Problem(429, `At most ${perMinute} ${what} a minute are taken from one caller.`, {
        headers: { 'retry-after': String(Math.ceil(turn.waitMs / 1_000)) },
      });
    callers.set(caller, turn.forgottenAt);
    return turn.forgottenAt;
  }

  function giveBack(caller: string, backAt: number): void {
    const forgottenAt = callers.get(caller);
    if (forgottenAt !== undefined && now() < backAt) callers.set(caller, forgottenAt - rate.everyMs);
  }

  return {
    async turn(caller, work) {
      const backAt = take(caller);
      try {
        return await work();
      } catch (error) {
        if (toProblem(error).status === 503) giveBack(caller, backAt);
        throw error;
      }
    },
  };
}
