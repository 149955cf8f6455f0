/**
 * A stop is a row of steps, each with a limit of its own: what hangs (a collector, a broker) must not keep
 * the others from being done.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';

export type StopStep = { name: string; withinMs: number; run(): Promise<unknown> };

/** One after the other. What fails or does not end in time is logged by its name, and the next begins. */
export async function stopInSteps(
  steps: readonly StopStep[],
  log: Pick<Log, 'warn'> | undefined,
): Promise<void> {
  for (const { name, withinMs, run } of steps) {
    const settled = new AbortController();
    const late = delay(withinMs, 'late' as const, { signal: settled.signal }).catch(() => undefined);
    const outcome = await Promise.race([
      late,
      Promise.resolve()
        .then(run)
        .then(
          () => undefined,
          (error: unknown) => ({ error }),
        ),
    ]);
    settled.abort();
    if (outcome === 'late')
      log?.warn({ step: name, withinMs }, 'a step of the stop did not end in time; it is left as it is');
    else if (outcome) log?.warn({ step: name, err: outcome.error }, 'a step of the stop failed');
  }
}
