import { setTimeout as delay } from 'node:timers/promises';

const EFFECTIVE_WITHIN_MS = 10_000;

/**
 * Returns once the broker that is asked goes by what the controller has taken: it hears of it a moment later.
 * Throws what is left if that takes longer than ten seconds.
 *
 * @param left what the broker does not go by yet, in words
 */
export async function effective(left: () => Promise<readonly string[]>): Promise<void> {
  const giveUpAt = performance.now() + EFFECTIVE_WITHIN_MS;
  for (;;) {
    const still = await left();
    if (still.length === 0) return;
    if (performance.now() > giveUpAt)
      throw new Error(`the broker took and does not go by ${[...new Set(still)].join(', ')}`);
    await delay(20);
  }
}
