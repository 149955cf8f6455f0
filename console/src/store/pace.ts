/**
 * How much of the machine the read model takes: when little comes it is written at once, when much comes a
 * fifth of the time is spent on writing, and more comes together. Nobody waits for it but who looks.
 */
import type { BatchDelay } from '@sagakit/resilience/batch-delay';

/** So many times as long as the writing took. */
const REST = 4;
/** What is shown is that much later at most, of this; and Kafka hears of us before it takes us for gone. */
const MAX_REST_MS = 1_200;
/** From so many on, more come soon. */
const BUSY = 20;
const MIN_REST_WHEN_BUSY_MS = 100;

export type Pace = {
  /** Tells how long a batch was worked on. */
  worked(ms: number): void;
  /** How long to wait after it. */
  delay: BatchDelay;
};

export function createPace(): Pace {
  let workedMs = 0;
  return {
    worked(ms) {
      workedMs += ms;
    },
    delay(taken) {
      const rest = Math.min(MAX_REST_MS, workedMs * REST);
      workedMs = 0;
      return taken < BUSY ? rest : Math.max(MIN_REST_WHEN_BUSY_MS, rest);
    },
  };
}
