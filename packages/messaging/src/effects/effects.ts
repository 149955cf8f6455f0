/**
 * Makes the calls to the outside that handlers decided: after the commit, with bounded concurrency, again and
 * again until they give a result. It comes back through the batch path as an input of its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createCircuitBreaker } from '@sagakit/resilience/circuit-breaker';
import type { Log } from '@sagakit/resilience/log';
import type { Pool } from 'pg';
import { type CallOptions, createCaller } from './call-effect.ts';
import { createCallQueue } from './call-queue.ts';
import { claimEffects, claimUntil, type EffectRow, otherEffects } from './effect-rows.ts';

export type Effects = {
  start(): void;
  /** Effects that were just committed, claimed by this process. */
  take(effects: EffectRow[]): void;
  /** Calls for these subjects that have not started are not made: their rows are gone. */
  cancel(subjects: readonly string[]): void;
  /** True if so many more would be called at once: none waits for a place or for the other side. */
  startsAtOnce(count: number): boolean;
  /** True while the other side seems to be away: nothing is called but one try now and then. */
  circuitOpen(): boolean;
  /**
   * Takes no more; waits for the calls in flight and the commits of their results, without a limit of its
   * own.
   */
  stop(): Promise<void>;
};

/** A claim lasts this long unless renewed: after a crash another process takes over that soon. */
export const EFFECT_LEASE_MS = 15_000;
const RENEW_EVERY_MS = 5_000;
const RECOVER_EVERY_MS = 1_000;
/**
 * Taken over at a time, less what is queued: with fewer a process that comes back to thousands would need
 * minutes.
 */
const RECOVER_AT_ONCE = 500;
/** All effects of a service go to one other side, so they share one breaker. */
const BREAKER = { threshold: 10, backoff: { initialMs: 500, maxMs: 15_000 } };

export function createEffects(options: CallOptions & { concurrency: number }): Effects {
  const { pool, concurrency, log } = options;
  const kinds = options.handlers.map(({ effect }) => effect.kind);
  const stopping = new AbortController();
  const breaker = createCircuitBreaker(BREAKER);
  const queue = createCallQueue({
    call: createCaller(options, breaker),
    breaker,
    concurrency,
    stopping: stopping.signal,
    log,
  });
  let recovering: Promise<void> = Promise.resolve();
  return {
    start() {
      recovering = keepClaims(pool, log, {
        kinds,
        mine: queue.all,
        // While the other side is away they are as well off with another replica.
        room: () => (breaker.open() ? concurrency : RECOVER_AT_ONCE) - queue.waiting(),
        take: queue.take,
        stopping: stopping.signal,
      });
    },
    take: queue.take,
    cancel: (subjects) => queue.cancel(new Set(subjects)),
    startsAtOnce: queue.startsAtOnce,
    circuitOpen: breaker.open,
    async stop() {
      stopping.abort();
      await recovering;
      // What was not started is free at once for another replica, or for this service when it is back.
      const notStarted = queue.clear();
      if (notStarted.length > 0) await claimUntil(pool, notStarted, 0).catch(() => {});
      await queue.idle();
    },
  };
}

/** After a rollback for instance: nobody calls them until a release comes that does. */
async function sayWhatWaits(pool: Pool, log: Log, kinds: readonly string[]): Promise<void> {
  try {
    for (const { kind, waiting } of await otherEffects(pool, kinds))
      log.warn({ effect: kind, waiting }, 'effects wait for a release that has their kind');
  } catch (error) {
    log.debug({ err: error }, 'effects of other kinds not counted');
  }
}

type Claiming = {
  /** The kinds that this release can call. */
  kinds: readonly string[];
  /** Ids of the effects that this process has. */
  mine: () => string[];
  room: () => number;
  take: (effects: EffectRow[]) => void;
  stopping: AbortSignal;
};

/**
 * Renews the claims of this process, and takes over effects of processes that died and those whose next
 * attempt is due.
 */
async function keepClaims(
  pool: Pool,
  log: Log,
  { kinds, mine, room, take, stopping: signal }: Claiming,
): Promise<void> {
  await sayWhatWaits(pool, log, kinds);
  let renewedAt = performance.now();
  while (!signal.aborted) {
    const ids = mine();
    if (ids.length > 0 && performance.now() - renewedAt > RENEW_EVERY_MS) {
      renewedAt = performance.now();
      await claimUntil(pool, ids, EFFECT_LEASE_MS).catch((error) =>
        log.debug({ err: error }, 'claims not renewed'),
      );
    }
    const limit = room();
    if (limit > 0) {
      await claimEffects(pool, kinds, limit, EFFECT_LEASE_MS).then(take, (error) =>
        log.debug({ err: error }, 'effects not read'),
      );
    }
    await delay(RECOVER_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
