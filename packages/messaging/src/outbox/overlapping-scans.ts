/**
 * Scans overlap: one travels with a transaction that waits, and later ones come back first. So a scan may
 * tell of a row that was sent, and deleted, since it looked. Without this the row would be sent again, if the
 * process that wrote it still has its message in memory.
 */
export function createOverlappingScans() {
  let begun = 0;
  const underWay = new Set<number>();
  /** Deleted rows, each with the newest scan that may have seen it before; the newest stand last. */
  const mayBeSeen = new Map<string, number>();

  return {
    /** Numbers the scan. */
    begin(): number {
      underWay.add(++begun);
      return begun;
    },
    /** It is heard of, or has failed. */
    end(scan: number): void {
      underWay.delete(scan);
      const oldest = Math.min(...underWay);
      for (const [id, newest] of mayBeSeen) {
        if (newest >= oldest) return;
        mayBeSeen.delete(id);
      }
    },
    /** The deletion of that row is committed. */
    deleted(id: string): void {
      if (underWay.size > 0) mayBeSeen.set(id, begun);
    },
    /** Whether the row that this scan tells of had been deleted when the scan was heard of. */
    wasDeleted: (id: string, scan: number): boolean => (mayBeSeen.get(id) ?? 0) >= scan,
  };
}
