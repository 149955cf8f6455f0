/**
 * How much of the machine the read model takes: when little comes it is written at once, when much comes a
 * fifth of the time is spent on writing, and more comes together; on a machine that is full, a sixteenth:
 * what is missing then is read afterwards, and the page says how far it is behind. Nobody waits for it but
 * who looks.
 */
import { cpus } from 'node:os';
import type { BatchDelay } from '@sagakit/resilience/batch-delay';

/** So many times as long as the writing took; and no longer than this, which is what a reader sees. */
const REST = 4;
const MAX_REST_MS = 1_200;
/** The same where others need the machine (docs/performance.md). Kafka hears of us all the while. */
const REST_WHEN_FULL = 15;
const MAX_REST_WHEN_FULL_MS = 5_000;
/** Less than this of the machine's time is idle when it is full. */
const FULL_BELOW_IDLE = 0.15;
/** From so many on, more come soon. */
const BUSY = 20;
const MIN_REST_WHEN_BUSY_MS = 100;

export type Pace = {
  /** Tells how long a batch was worked on. */
  worked(ms: number): void;
  /** How long to wait after it. */
  delay: BatchDelay;
};

/** @param idleShare how much of the machine's time was idle since the last call, 0 to 1 */
export function createPace(idleShare: () => number = createIdleShare()): Pace {
  let workedMs = 0;
  return {
    worked(ms) {
      workedMs += ms;
    },
    delay(taken) {
      const worked = workedMs;
      workedMs = 0;
      const isBusy = taken >= BUSY;
      const isFull = isBusy && idleShare() < FULL_BELOW_IDLE;
      const [times, most] = isFull ? [REST_WHEN_FULL, MAX_REST_WHEN_FULL_MS] : [REST, MAX_REST_MS];
      return Math.max(isBusy ? MIN_REST_WHEN_BUSY_MS : 0, Math.min(most, worked * times));
    },
  };
}

/** Of the whole machine, also in a container: who needs the rest of it may be another one. */
export function createIdleShare(readCpus: typeof cpus = cpus): () => number {
  let before = sumOf(readCpus());
  return () => {
    const now = sumOf(readCpus());
    const [idle, all] = [now.idle - before.idle, now.all - before.all];
    // Counted in hundredths of a second: between two calls that are closer nothing was counted.
    if (all <= 0) return 1;
    before = now;
    return idle / all;
  };
}

function sumOf(all: ReturnType<typeof cpus>): { idle: number; all: number } {
  const sum = { idle: 0, all: 0 };
  for (const { times } of all) {
    sum.idle += times.idle;
    sum.all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return sum;
}
