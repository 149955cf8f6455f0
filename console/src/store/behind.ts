/** How far behind what was written the read model is, as far as it can be known. Pure. */
import type { RawRecord } from '@sagakit/kafka/record';
import type { Reading } from '../api-model.ts';

/** How a reader stands. Times in milliseconds. */
export type Standing = {
  kafka: 'joined' | 'away';
  /** How long ago all that had been written was read; Infinity: the broker has not said so yet. */
  readAgoMs: number;
  /** The same as it was last known; before it was ever known, since when this reader is there. */
  lastKnownAgoMs: number;
  /** Whether it was ever known. */
  everCaughtUp: boolean;
  /** How long ago was written what was read last; undefined: nothing was read yet. */
  readNowAgeMs: number | undefined;
};

/**
 * While what lies unread is still being found out (a restart, an outage, a replay of all there is), the
 * broker tells no moment before which all is read. Then it is told how old that is which is being read.
 *
 * @returns Infinity: not known
 */
export function behindMs({ readAgoMs, lastKnownAgoMs, everCaughtUp, readNowAgeMs }: Standing): number {
  if (readAgoMs < Infinity) return readAgoMs;
  if (everCaughtUp) return lastKnownAgoMs;
  return readNowAgeMs === undefined ? Infinity : Math.max(readNowAgeMs, lastKnownAgoMs);
}

/** A reader at rest looks every two seconds, and one that leaves the machine to others every few. */
const LATE_FROM_MS = 6_000;

export function readingOf(standing: Standing): Reading {
  const behind = behindMs(standing);
  const isCurrent = standing.readAgoMs < LATE_FROM_MS;
  return {
    state: standing.kafka === 'away' ? 'away' : isCurrent ? 'current' : 'catching-up',
    ...(behind < Infinity ? { behindSeconds: Math.round(behind / 1_000) } : {}),
  };
}

/**
 * When that was written which a batch ends with, in milliseconds since the epoch: of its partitions the one
 * that is furthest behind counts. Undefined: the batch is empty.
 */
export function endOf(
  records: readonly Pick<RawRecord, 'topic' | 'partition' | 'timestamp'>[],
): number | undefined {
  const ends = new Map<string, number>();
  for (const { topic, partition, timestamp } of records) {
    const place = `${topic}/${partition}`;
    ends.set(place, Math.max(ends.get(place) ?? 0, Number(timestamp)));
  }
  return ends.size === 0 ? undefined : Math.min(...ends.values());
}
