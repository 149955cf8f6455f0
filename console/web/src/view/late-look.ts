/**
 * Spans are told after what they are of, and a story that has ended is not listened to any more: it is asked
 * for again, soon, and once more when the slowest way (services, a collector, the console) has told all.
 */
import type { Story } from '@order-saga/console/api';

const LOOKS_MS = [1_500, 8_000];

/**
 * How long to wait for the next look, in milliseconds; false: there is none. By the clock of who looks: one
 * that goes wrong looks never or later, and no more often.
 */
export function nextLook({ ended, lastAt }: Pick<Story, 'ended' | 'lastAt'>, now: number): number | false {
  if (!ended) return false;
  const end = Date.parse(lastAt);
  const next = LOOKS_MS.find((at) => end + at > now);
  return next === undefined ? false : end + next - now;
}
