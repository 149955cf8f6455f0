/**
 * Effects that wait for their call, and those that are being called: so many at once, none while the circuit
 * is open.
 */
import type { CircuitBreaker } from '@sagakit/resilience/circuit-breaker';
import type { Log } from '@sagakit/resilience/log';
import type { CallEffect } from './call-effect.ts';
import type { EffectRow } from './effect-rows.ts';

export type CallQueue = {
  take(effects: EffectRow[]): void;
  /** True if so many more would be called at once: none waits for a place or for the other side. */
  startsAtOnce(count: number): boolean;
  /** How many wait. */
  waiting(): number;
  /** Ids of those that wait, and of those that are called or not recorded yet. */
  all(): string[];
  /** Gives up those for these subjects that wait. */
  cancel(subjects: ReadonlySet<string>): void;
  /** Gives up those that wait; their ids. */
  clear(): string[];
  /** Resolves when what was being called is recorded. */
  idle(): Promise<unknown>;
};

const MAX_QUEUED = 2_000;
/**
 * Calls that were made and whose outcome is being committed: they hold no place, since other calls need not
 * wait for the database.
 */
const MAX_UNRECORDED = 1_000;

export type CallQueueOptions = {
  call: CallEffect;
  breaker: CircuitBreaker;
  concurrency: number;
  /** Aborted: no call starts any more. */
  stopping: AbortSignal;
  log: Log;
};

export function createCallQueue({ call, breaker, concurrency, stopping, log }: CallQueueOptions): CallQueue {
  const queue: EffectRow[] = [];
  /** Being called, or called and not yet recorded. */
  const inFlight = new Map<Promise<void>, EffectRow>();
  let calling = 0;
  let later: NodeJS.Timeout | undefined;

  const hasPlaces = (count: number) =>
    calling + count <= concurrency && inFlight.size - calling < MAX_UNRECORDED;

  function pump(): void {
    while (queue.length > 0 && hasPlaces(1) && !stopping.aborted) {
      if (!breaker.enter()) {
        clearTimeout(later);
        later = setTimeout(pump, breaker.waitMs());
        return;
      }
      start(queue.shift() as EffectRow);
    }
  }

  function start(effect: EffectRow): void {
    const { kind, subject } = effect;
    const carriedOut: Promise<void> = carryOut(effect)
      .catch((error) => log.error({ err: error, effect: kind, subject }, 'an effect could not be recorded'))
      .finally(() => {
        inFlight.delete(carriedOut);
        pump();
      });
    inFlight.set(carriedOut, effect);
  }

  /** The place is free as soon as the call has ended; what came of it is committed meanwhile. */
  async function carryOut(effect: EffectRow): Promise<void> {
    let record: () => Promise<void>;
    calling++;
    try {
      record = await call(effect);
    } finally {
      calling--;
      pump();
    }
    await record();
  }

  return {
    take(effects) {
      // What does not fit is left to the recovery, which finds it when its lease ends: the memory stays
      // bounded.
      queue.push(...effects.slice(0, Math.max(0, MAX_QUEUED - queue.length)));
      pump();
    },
    startsAtOnce: (count) => queue.length === 0 && hasPlaces(count) && !breaker.open() && !stopping.aborted,
    waiting: () => queue.length,
    all: () => [...queue, ...inFlight.values()].map(({ id }) => id),
    cancel(subjects) {
      queue.splice(0, queue.length, ...queue.filter(({ subject }) => !subjects.has(subject)));
    },
    clear() {
      clearTimeout(later);
      return queue.splice(0).map(({ id }) => id);
    },
    idle: () => Promise.allSettled(inFlight.keys()),
  };
}
