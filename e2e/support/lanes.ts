/**
 * Playwright's workers run side by side, each with a stack of its own: the environment by which its stories,
 * and what they start, find it.
 */
const TOLD = 'E2E_LANES';

/** By the global setup, to the workers: one environment for each. */
export function tellLanes(environments: readonly Record<string, string>[]): void {
  process.env[TOLD] = JSON.stringify(environments);
}

/** By a worker, before any story is read. Nothing happens where no stacks were told of. */
export function enterLane(): void {
  const [worker, told] = [process.env['TEST_PARALLEL_INDEX'], process.env[TOLD]];
  if (worker === undefined || told === undefined) return;
  Object.assign(process.env, (JSON.parse(told) as Record<string, string>[])[Number(worker)]);
}
