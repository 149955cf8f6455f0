/**
 * Which rows of the outbox wait to be sent, and when the table is to be scanned again. Scans alone say what
 * may be sent, and in which order: a scan sees every row that is committed, of other replicas too, so with a
 * row it gives all earlier ones of the same subject.
 */
import type { PiggybackedStatement } from '@sagakit/postgres/statement';
import { scanOutbox } from './outbox.ts';
import { createOverlappingScans } from './overlapping-scans.ts';

export type ScanSchedule = {
  /** Ids that are to be sent, lowest first. */
  nextIds(limit: number): string[];
  sent(ids: readonly string[]): void;
  /** Rows may be there that no scan has seen. */
  request(): void;
  /** When the relay should scan by itself, because no scan has travelled with a COMMIT lately; 0: now. */
  nextScanInMs(now: number): number;
  /** Whether a scan should travel with a transaction that commits now. */
  mayPiggyback(): boolean;
  /** Begins a scan. What was sent is deleted with it. */
  scan(now: number): PiggybackedStatement;
  /** Rows that were sent and are still to be deleted. */
  hasDeletions(): boolean;
};

/** Rows that one scan gives. */
export const SCAN_LIMIT = 1_000;
/** So many that wait make scans dear and useless: the relay scans again when it has sent them. */
const PIGGYBACK_UP_TO = 300;
/**
 * A piggybacked scan waits as long as its transaction does, perhaps for a lock: the relay does not wait with
 * it.
 */
const PIGGYBACK_WITHIN_MS = 50;
/** What was sent is deleted with the next scan, which usually comes sooner. */
const DELETE_AFTER_MS = 100;
/** A wake-up that was lost costs that long at most. */
const SCAN_EVERY_MS = 2_000;

export function createScanSchedule(): ScanSchedule {
  /** Found and not sent. */
  const waiting = new Set<string>();
  /** Sent; no scan has said that they are deleted. */
  const gone = new Set<string>();
  /** Those of them that the next scan deletes. */
  let toDelete: string[] = [];
  let requested = true;
  let scannedAt = 0;
  /** The newest scan, while it is under way. */
  let underWay: number | undefined;
  const overlapping = createOverlappingScans();

  function scan(now: number): PiggybackedStatement {
    const mine = overlapping.begin();
    const sentIds = toDelete;
    toDelete = [];
    underWay = mine;
    scannedAt = now;
    requested = false;
    const end = () => {
      if (underWay === mine) underWay = undefined;
      overlapping.end(mine);
    };
    return {
      statement: scanOutbox(sentIds, SCAN_LIMIT),
      onRows(rows: { id: string }[]) {
        const seen = rows.filter(({ id }) => !overlapping.wasDeleted(id, mine));
        end();
        for (const id of sentIds) {
          gone.delete(id);
          overlapping.deleted(id);
        }
        for (const { id } of seen) {
          if (!gone.has(id)) waiting.add(id);
          else if (!toDelete.includes(id)) toDelete.push(id); // its deletion failed, or is not committed yet
        }
        if (rows.length >= SCAN_LIMIT) requested = true;
      },
      onError() {
        end();
        toDelete.push(...sentIds);
        requested = true;
      },
    };
  }

  return {
    nextIds: (limit) => [...waiting].sort(byNumber).slice(0, limit),
    sent(ids) {
      for (const id of ids) {
        waiting.delete(id);
        gone.add(id);
      }
      toDelete.push(...ids);
    },
    request() {
      requested = true;
    },
    nextScanInMs(now) {
      if (requested && !underWay) return 0;
      const every = underWay ? PIGGYBACK_WITHIN_MS : toDelete.length > 0 ? DELETE_AFTER_MS : SCAN_EVERY_MS;
      return Math.max(0, scannedAt + every - now);
    },
    mayPiggyback: () => !underWay && waiting.size <= PIGGYBACK_UP_TO,
    scan,
    hasDeletions: () => toDelete.length > 0,
  };
}

/** Of whole numbers in digits. */
const byNumber = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1);
