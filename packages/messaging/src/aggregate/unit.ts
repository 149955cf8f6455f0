import type { Envelope } from '@sagakit/messages/envelope';
import type { MessageDefinition } from '@sagakit/messages/define';
import type { EffectName, EffectRow } from '../effects/effect-rows.ts';
import type { Incoming } from '../incoming.ts';
import type { Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

export type Outcome = {
  messages: Envelope[];
  effects: EffectRow[];
  cancels?: EffectName[];
  ignored?: string;
};

/** What is decided about one batch: rows loaded and locked, folded over message by message, saved once. */
export type UnitOfWork = {
  /** Pure but for the rows that were loaded, which it changes only if it does not throw. */
  handle(incoming: Incoming, now: Date): Outcome;
  /**
   * What changed, as statements that fail the transaction if a row is not as it was loaded (see saveRows).
   */
  save(): Statement[];
  /** After the COMMIT: for counting, nothing else. */
  committed?(): void;
};

/** A kind of subject in a service, and what it listens to. */
export type Aggregate = {
  /** The messages it handles; other types on its topics are ignored (events) or parked (commands). */
  handles: readonly MessageDefinition[];
  /** Inputs that do not come from Kafka, by type: effects' results, deadlines. */
  local?: readonly string[];
  /** Loads and locks all rows that these inputs touch, in key order, so that batches cannot deadlock. */
  load(tx: Tx, incoming: readonly Incoming[]): Promise<UnitOfWork>;
};
