/**
 * What this process has just written to the outbox, for its own relay: the relay reads from the database which rows there are and in what
 * order, and takes their messages from here. What is not here (another replica wrote it, there was too much) it reads.
 */
import type { Envelope } from '@order-saga/contracts/envelope';

export type Unsent = {
  /** After the COMMIT. Nothing is kept while another replica sends. */
  keep(id: string, message: Written): void;
  take(id: string): Written | undefined;
  /** Begins anew: what was kept may have been sent by another replica since. */
  begin(): void;
  end(): void;
};

/** A message and its JSON, as it is stored. */
export type Written = { envelope: Envelope; json: string };

/** The oldest make room: the relay may have read a row before its COMMIT was heard of here, and never asks for it again. */
const MAX_KEPT = 2_000;

export function createUnsent(): Unsent {
  let kept: Map<string, Written> | undefined;
  return {
    keep(id, message) {
      if (!kept) return;
      if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value as string);
      kept.set(id, message);
    },
    take(id) {
      const message = kept?.get(id);
      if (message) kept?.delete(id);
      return message;
    },
    begin() {
      kept = new Map();
    },
    end() {
      kept = undefined;
    },
  };
}
