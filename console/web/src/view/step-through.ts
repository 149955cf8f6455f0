/** Where a story that is stepped through stands. `?at=9`: as it was after nine rows; without it: now. */
export type Where = { at: number; of: number; live: boolean };

/** What is no number of the story is its end: a link outlives what it was made for. */
export function where(asked: string | null, of: number): Where {
  const at = asked === null ? Number.NaN : Number(asked);
  if (!Number.isInteger(at) || at < 1 || at >= of) return { at: of, of, live: true };
  return { at, of, live: false };
}

export type Move = 'first' | 'back' | 'forward' | 'last';

/** The next `?at=`; undefined is the end. */
export function moved({ at, of }: Where, move: Move): number | undefined {
  const to = move === 'first' ? 1 : move === 'back' ? Math.max(1, at - 1) : move === 'forward' ? at + 1 : of;
  return to >= of ? undefined : to;
}
