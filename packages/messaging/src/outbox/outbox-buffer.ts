/**
 * From the transactions of a process to its relay, past the database: what was written, so that the relay need not read it back; and which
 * rows there are, since the look for them rides with the COMMIT of a transaction that wrote some. Alone that saves one trip to the database and
 * one commit per batch.
 *
 * Only looks say what may be sent, and in which order: a look sees every row that is committed, of other replicas too, so with a row it
 * gives all earlier ones of the same subject. While another replica sends, nothing is handed over.
 */
import { type Keeper, scanOutbox, type Written } from './outbox.ts';
import type { Ride, Rides } from '@sagakit/postgres/transaction';

/** The end of the transactions: for appendToOutbox and PipelinedTx.commit. */
export type Handover = Keeper & Rides;

/** The relay's end. */
export type Deliveries = Handover & {
  /** @param wake called when there is something to send or to look for; also while another replica sends */
  attach(wake: (found: boolean) => void): void;
  /** This process sends from now on. What was handed over before may have been sent by another replica since. */
  begin(): void;
  end(): void;
  /** Ids that are to be sent, lowest first. */
  next(limit: number): string[];
  take(id: string): Written | undefined;
  sent(ids: string[]): void;
  /** When the relay should look by itself, because no look has ridden with a COMMIT lately; 0: now. */
  lookDueInMs(now: number): number;
  /** Begins a look of the relay's own. What was sent is deleted with it. */
  look(now: number): Ride;
  /** Rows that were sent and are still to be deleted. */
  untidy(): boolean;
};

/** Rows that one look gives. */
export const SCAN_LIMIT = 1_000;
/** Messages kept; the oldest make room: the relay may have read a row before its COMMIT was heard of here. */
const MAX_KEPT = 2_000;
/** So many that wait make looks dear and useless: the relay looks again when it has sent them. */
const RIDES_UP_TO = 300;
/** A look that rides waits as long as its transaction does, perhaps for a lock: the relay does not wait with it. */
const PATIENCE_MS = 50;
/** What was sent is deleted with the next look, which usually comes sooner. */
const TIDY_AFTER_MS = 100;
/** A wake-up that was lost costs that long at most. */
const LOOK_EVERY_MS = 2_000;

export function createHandover(): Deliveries {
  let leading = false;
  let kept = new Map<string, Written>();
  /** Found and not sent. */
  let waiting = new Set<string>();
  /** Sent; nobody has said that they are deleted. */
  let gone = new Set<string>();
  /** Those of them that the next look deletes. */
  let toDelete: string[] = [];
  /** Rows may be there that no look has seen. */
  let wanted = false;
  let lookedAt = -Infinity;
  let underWay: object | undefined;
  let wake: (found: boolean) => void = () => {};

  function forget(): void {
    kept = new Map();
    waiting = new Set();
    gone = new Set();
    toDelete = [];
    underWay = undefined;
    lookedAt = -Infinity;
  }

  function look(now: number): Ride {
    const me = {};
    const sentIds = toDelete;
    toDelete = [];
    underWay = me;
    lookedAt = now;
    wanted = false;
    const over = () => {
      if (underWay === me) underWay = undefined;
    };
    return {
      statement: scanOutbox(sentIds, SCAN_LIMIT),
      told(rows: { id: string }[]) {
        over();
        for (const id of sentIds) gone.delete(id);
        for (const { id } of rows) {
          if (!gone.has(id)) waiting.add(id);
          else if (!toDelete.includes(id)) toDelete.push(id); // its deletion failed, or is not committed yet
        }
        if (rows.length >= SCAN_LIMIT) wanted = true;
      },
      failed() {
        over();
        toDelete.push(...sentIds);
        wanted = true;
      },
    };
  }

  return {
    keep(id, message) {
      if (!leading) return;
      if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value as string);
      kept.set(id, message);
    },
    ride() {
      if (!leading || underWay || waiting.size > RIDES_UP_TO) return undefined;
      const { statement, told, failed } = look(performance.now());
      return {
        statement,
        told(rows) {
          told(rows);
          wake(true);
        },
        failed() {
          failed();
          wake(false);
        },
      };
    },
    wrote() {
      wanted = true;
      wake(false);
    },
    attach(to) {
      wake = to;
    },
    begin() {
      forget();
      leading = true;
      wanted = true;
    },
    end() {
      forget();
      leading = false;
    },
    next: (limit) => [...waiting].sort(byNumber).slice(0, limit),
    take(id) {
      const message = kept.get(id);
      kept.delete(id);
      return message;
    },
    sent(ids) {
      for (const id of ids) {
        waiting.delete(id);
        gone.add(id);
      }
      toDelete.push(...ids);
    },
    lookDueInMs(now) {
      if (wanted && !underWay) return 0;
      const every = underWay ? PATIENCE_MS : toDelete.length > 0 ? TIDY_AFTER_MS : LOOK_EVERY_MS;
      return Math.max(0, lookedAt + every - now);
    },
    look,
    untidy: () => toDelete.length > 0,
  };
}

/** Of whole numbers in digits. */
const byNumber = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1);
