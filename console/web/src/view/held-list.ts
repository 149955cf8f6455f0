/**
 * A list that stands still while somebody is at it: the rows are those that were there, as they are now, and
 * what came since is counted.
 */
export function held<R extends { correlationId: string }>(
  fresh: readonly R[] | undefined,
  still: readonly R[] | undefined,
): { rows: readonly R[] | undefined; news: number } {
  if (!fresh || !still) return { rows: fresh ?? still, news: 0 };
  const known = new Set(still.map(({ correlationId }) => correlationId));
  const now = new Map(fresh.map((row) => [row.correlationId, row]));
  return {
    rows: still.map((row) => now.get(row.correlationId) ?? row),
    news: fresh.filter(({ correlationId }) => !known.has(correlationId)).length,
  };
}
