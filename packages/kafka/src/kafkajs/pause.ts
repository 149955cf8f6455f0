import { setImmediate as nextTick } from 'node:timers/promises';

/**
 * Other work of the process (health, heartbeats) gets its turn at least so often, whatever is taken apart.
 */
const PAUSE_EVERY_MS = 20;
let pausedAt = 0;

export function pauseIfDue(): Promise<void> | undefined {
  return performance.now() - pausedAt > PAUSE_EVERY_MS ? pause() : undefined;
}

async function pause(): Promise<void> {
  await nextTick();
  pausedAt = performance.now();
}
