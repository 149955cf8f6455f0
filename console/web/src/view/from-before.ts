/** Two clocks do not go alike, and a browser rounds its own. */
const DRIFT = 0.001;
const ROUNDED_MS = 100;

/**
 * Whether what was asked for `ageMs` ago may not know of what changed so long ago: by the one's clock and the
 * other's, in doubt yes.
 */
export const isFromBefore = (changedMsAgo: number, ageMs: number): boolean =>
  ageMs * (1 + DRIFT) + ROUNDED_MS >= changedMsAgo;
