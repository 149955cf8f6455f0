/**
 * How much of the machine the read model takes: when little comes it is written at once, and soon while it is
 * no more than some hundred a second; when much comes, more comes together, and half of the time is spent on
 * writing where nobody else needs the machine, a fifth where others do, a sixteenth where it is full: what is
 * missing then is read afterwards, and the page says how far it is behind. Nobody waits for it but who looks.
 */
import { cpus } from 'node:os';
import type { BatchDelay } from '@sagakit/resilience/batch-delay';

/** So many times as long as the writing took, and no longer than this (docs/performance.md). */
type Rest = { times: number; mostMs: number };
/** Somebody may wait to see it. */
const REST: Rest = { times: 4, mostMs: 1_200 };
/** So little comes that it costs little however it is written: who looks sees it as it happens. */
const REST_WHEN_CALM: Rest = { times: 4, mostMs: 150 };
const CALM_BELOW_A_SECOND = 500;
/** A few that come together are no flood. */
const SPAN_AT_LEAST_MS = 250;
/** A fetch that finds nothing for so long, and a turn. Who is further behind has not taken all. */
const ALL_TAKEN_MS = 4_000;
const REST_WHEN_FULL: Rest = { times: 15, mostMs: 5_000 };
/** A rebuild has the machine for itself. */
const REST_WHEN_IDLE: Rest = { times: 1, mostMs: 300 };
/** Of the machine's time less than this is idle when it is full, and more than that when nobody needs it. */
const FULL_BELOW_IDLE = 0.15;
const FREE_FROM_IDLE = 0.4;
/** From so many on, more come soon. */
const BUSY = 20;
const MIN_REST_WHEN_BUSY_MS = 100;

export type Pace = {
  /** Tells how long a batch was worked on. */
  worked(ms: number): void;
  /** How long to wait after it. */
  delay: BatchDelay;
};

function restAt(idle: number): Rest {
  if (idle < FULL_BELOW_IDLE) return REST_WHEN_FULL;
  return idle < FREE_FROM_IDLE ? REST : REST_WHEN_IDLE;
}

type Senses = {
  /** How long ago everything that had been written was read, in milliseconds; Infinity: not known. */
  readAgoMs: () => number;
  /** How much of the machine's time was idle since the last call, 0 to 1. */
  idleShare?: () => number;
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number;
};

export function createPace({
  readAgoMs,
  idleShare = createIdleShare(),
  now = () => performance.now(),
}: Senses): Pace {
  let workedMs = 0;
  let at = now();
  /** Who has taken all that there was knows by it how much comes. */
  function isCalm(taken: number): boolean {
    const seconds = Math.max(SPAN_AT_LEAST_MS, now() - at) / 1_000;
    at = now();
    return taken / seconds < CALM_BELOW_A_SECOND && readAgoMs() < ALL_TAKEN_MS;
  }
  return {
    worked(ms) {
      workedMs += ms;
    },
    delay(taken) {
      const worked = workedMs;
      workedMs = 0;
      const isBusy = taken >= BUSY;
      const { times, mostMs } = isCalm(taken) ? REST_WHEN_CALM : isBusy ? restAt(idleShare()) : REST;
      return Math.max(isBusy ? MIN_REST_WHEN_BUSY_MS : 0, Math.min(mostMs, worked * times));
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
