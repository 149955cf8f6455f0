/** Tests that mostly wait run side by side: each lane has its own infrastructure, and takes the next file. */

/** As many as the smallest machine that runs all tests has cores. */
export const LANES = 2;

/**
 * Files that run when nothing else does, by path from the root: what they measure, or give limits to, a busy
 * neighbour would change.
 */
export const ALONE: readonly string[] = [
  // When a call is answered, measured against how long its client waits.
  'tools/test/database-away.integration.test.ts',
  // How long a stop takes.
  'tools/test/stopping.integration.test.ts',
  // What counts as a hang, and how soon another takes over.
  'packages/messaging/test/maintenance/watchdog.integration.test.ts',
  'packages/messaging/test/outbox/relay-leads.integration.test.ts',
];

/** The same for stories. */
export const STORIES_ALONE: readonly string[] = [
  // Deadlines of a few seconds, within which healthy orders must end.
  'e2e/failures/broker-away.spec.ts',
  'e2e/failures/timed-out.spec.ts',
  // What happens within the time that something is frozen, or fails.
  'e2e/failures/frozen.spec.ts',
  'e2e/failures/provider.spec.ts',
  // As much as the machine can do: memory, health and work are measured under it.
  'e2e/failures/backlog.spec.ts',
  'e2e/failures/decoding.spec.ts',
  'e2e/failures/hostile.spec.ts',
  'e2e/failures/overload.spec.ts',
];

/**
 * Gives each item to the first lane that is free, in order. Waits for all, also if one throws.
 *
 * @param lanes what each lane works with
 */
export async function inLanes<Item, Lane, Result>(
  items: readonly Item[],
  lanes: readonly Lane[],
  work: (item: Item, lane: Lane) => Promise<Result>,
): Promise<Result[]> {
  const left = [...items.entries()];
  const results: Result[] = [];
  const done = await Promise.allSettled(
    lanes.map(async (lane) => {
      for (let next = left.shift(); next; next = left.shift()) results[next[0]] = await work(next[1], lane);
    }),
  );
  for (const lane of done) if (lane.status === 'rejected') throw lane.reason;
  return results;
}
