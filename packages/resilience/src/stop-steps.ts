/**
 * A stop is a row of steps, each with a limit of its own: what hangs (a collector, a broker) must not keep
 * the others from being done.
 */
import type { Log } from './log.ts';
import { withTimeout } from './timeout.ts';

export type StopStep = { name: string; withinMs: number; run(): Promise<unknown> };

/** One after the other. What fails or does not end in time is logged by its name, and the next begins. */
export async function stopInSteps(
  steps: readonly StopStep[],
  log: Pick<Log, 'warn'> | undefined,
): Promise<void> {
  for (const { name, withinMs, run } of steps) {
    const late = () =>
      log?.warn({ step: name, withinMs }, 'a step of the stop did not end in time; it is left as it is');
    try {
      await withTimeout(Promise.resolve().then(run), withinMs, late);
    } catch (error) {
      log?.warn({ step: name, err: error }, 'a step of the stop failed');
    }
  }
}
