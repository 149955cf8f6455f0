import type { Envelope } from '@sagakit/messages/envelope';
import type { Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Incoming } from '../incoming.ts';
import type { RowOf } from './rows.ts';

/** The rows that one batch loaded, and what becomes of them. */
type Loaded<S, State> = {
  get(message: Envelope): RowOf<State>;
  set(row: RowOf<S>): void;
  /** What changed; fails the transaction if a row is not as it was loaded. */
  save(): Statement[];
};

/**
 * Where the states of an aggregate are kept: usually one table (see table.ts). By hand where a decision is
 * about more than one row.
 *
 * @typeParam State what a decision is given: `S`, or what there is where nothing is stored yet
 */
export type Store<S, Id extends string, State> = {
  /**
   * Loads and locks all rows that these inputs touch, in key order. Its statements are issued synchronously,
   * so that they share a trip.
   */
  load(tx: Tx, incoming: readonly Incoming[]): Promise<Loaded<S, State>>;
  /** Only in types. */
  readonly key?: Id;
};
