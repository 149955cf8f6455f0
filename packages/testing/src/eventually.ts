import { setTimeout as delay } from 'node:timers/promises';

/** `fetch failed` alone does not say what was answered. */
const wordsOf = ({ message, cause }: Error) =>
  cause instanceof Error ? `${message} (${cause.message})` : message;

/**
 * Waits until `look` gives a value that is neither undefined nor false, and returns it. After `withinMs`
 * (default 30 s) it throws with the sentence and the last thing that was seen (or the last error).
 */
export async function eventually<T>(
  sentence: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  {
    withinMs = 30_000,
    everyMs = 25,
    seen,
  }: { withinMs?: number; everyMs?: number; seen?: () => unknown } = {},
): Promise<T> {
  const until = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = seen ? seen() : value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) {
      const shown = last instanceof Error ? wordsOf(last) : JSON.stringify(last)?.slice(0, 2_000);
      throw new Error(
        `not within ${withinMs / 1000} s: ${sentence}; last seen: ${shown}`,
        last instanceof Error ? { cause: last } : {},
      );
    }
    await delay(everyMs);
  }
}
