/**
 * An idle reader hears from the broker every second; after this silence (or a sleep of ours) the broker
 * counts as away.
 */
const SILENT_MS = 2_500;
/**
 * A first connection that takes longer was refused meanwhile; on a busy machine it may well take half of
 * that.
 */
const AWAY_AT_START_MS = 5_000;

export type Presence = ReturnType<typeof createPresence>;

/**
 * Whether the broker is there, as one reader sees it. Times are the process' monotonic clock, in
 * milliseconds. Pure but for its state.
 */
export function createPresence() {
  let joined = false;
  let everJoined = false;
  /** No broker answered, or the group was left against our will. */
  let away = false;
  let heardAt = -Infinity;
  let backSince = -Infinity;

  const silent = (now: number) => now - heardAt > SILENT_MS;

  /** The broker has said something; how long it was silent if that ends an outage. */
  function heard(now: number): { silentMs: number } | undefined {
    const back = joined && (away || silent(now)) ? { silentMs: now - heardAt } : undefined;
    if (back) backSince = now;
    away = false;
    heardAt = now;
    return back;
  }

  return {
    /** The first connection stands, after so long. */
    connected(tookMs: number): void {
      if (tookMs > AWAY_AT_START_MS) away = true;
    },
    /** A member of the group from now on; as `heard`. */
    joined(now: number): { silentMs: number } | undefined {
      joined = true;
      if (!everJoined && !away) heardAt = now;
      everJoined = true;
      return heard(now);
    },
    /**
     * A member no longer. Before the first join a broker that answers "not yet" (a new one loads its
     * coordinator) is there all the same; later the same response tells of a broker that was started again.
     */
    left({ responded }: { responded: boolean }): void {
      joined = false;
      if (everJoined || !responded) away = true;
    },
    heard,
    isJoined: () => joined,
    wasJoined: () => everJoined,
    /** True while no broker answers or the group is not joined. */
    isAway: (now: number) => !joined || silent(now),
    /** When it answered again after it had been away; -Infinity if it never was. */
    backSince: () => backSince,
  };
}
