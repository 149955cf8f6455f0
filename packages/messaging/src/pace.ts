import { setTimeout as delay } from 'node:timers/promises';
const MS = Number(process.env['PACE_MS'] ?? 0);
export function createPace(everyMs: number = MS): () => Promise<void> {
  let last = -Infinity;
  return async () => {
    const waitMs = last + everyMs - performance.now();
    if (waitMs > 0.5) await delay(waitMs);
    last = performance.now();
  };
}
