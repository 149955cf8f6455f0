/**
 * How two rows of one key become one. Each rule is commutative, associative and idempotent
 * (test/fold.unit.test.ts tries them).
 */
import {
  byBytes,
  byOffset,
  type MinuteRow,
  type ParkedRow,
  type PositionRow,
  type ProductRow,
  type StoryRow,
} from './rows.ts';

const least = (a: string, b: string) => (a <= b ? a : b);
const greatest = (a: string, b: string) => (a >= b ? a : b);

/** The one that was said later. Two of one key are the same record, and say the same. */
function later<K extends string, R extends Record<K, string>>(
  key: K,
  a: R | undefined,
  b: R | undefined,
): R | undefined {
  if (!a || !b) return a ?? b;
  return byBytes(a[key], b[key]) >= 0 ? a : b;
}

export function joinStories(a: StoryRow, b: StoryRow): StoryRow {
  const placed = later('placedKey', a.placed, b.placed);
  const status = later('statusKey', a.status, b.status);
  const saga = later('sagaKey', a.saga, b.saga);
  return {
    story: a.story,
    kind: Math.max(a.kind, b.kind),
    subject: byBytes(a.subject, b.subject) <= 0 ? a.subject : b.subject,
    firstAt: least(a.firstAt, b.firstAt),
    lastAt: greatest(a.lastAt, b.lastAt),
    undone: a.undone || b.undone,
    ...(placed ? { placed } : {}),
    ...(status ? { status } : {}),
    ...(saga ? { saga } : {}),
  };
}

/** A dead letter that was parked again: the newest copy counts. */
export function joinParked(a: ParkedRow, b: ParkedRow): ParkedRow {
  return byBytes(a.parkedKey, b.parkedKey) >= 0 ? a : b;
}

export function joinProducts(a: ProductRow, b: ProductRow): ProductRow {
  return byBytes(a.productKey, b.productKey) >= 0 ? a : b;
}

/** Not idempotent by itself: only records that were not there before are counted. */
export const addMinutes = (a: MinuteRow, b: MinuteRow): MinuteRow => ({ ...a, n: a.n + b.n });

export function joinPositions(a: PositionRow, b: PositionRow): PositionRow {
  const last = byOffset(a.next, b.next) >= 0 ? a : b;
  const first = byOffset(a.first, b.first) <= 0 ? a : b;
  return { ...last, first: first.first, firstAt: first.firstAt };
}
