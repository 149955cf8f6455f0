/**
 * A write as data: what a batch saves is collected first and sent in one go, with COMMIT behind it. So
 * nothing can fail half-way while it is built, and nothing can be issued after the COMMIT by mistake.
 */
export type Statement = {
  /** Prepared once per connection under this name: one name, one text. */
  name: string;
  text: string;
  values: unknown[];
  /** Called after the COMMIT, with the rows that the statement returned. */
  onRows?: (rows: never[]) => void;
  /** Who wants to know that it is committed. Of one transaction's statements all notify the same. */
  notifies?: Piggyback | undefined;
};

/** Wants to know of commits: saves a trip of its own by a statement that travels with them. */
export type Piggyback = {
  /** Undefined: there is no such statement now. */
  piggyback(): PiggybackedStatement | undefined;
  /** Called after a COMMIT that took no statement along. */
  notify(): void;
};

/**
 * Travels with the COMMIT of somebody else's transaction. `onRows` is called after the COMMIT, `onError` if
 * there was none.
 */
export type PiggybackedStatement = { statement: Statement; onRows(rows: unknown[]): void; onError(): void };

/**
 * Saves rows by compare and set: all of them, or the transaction fails. `statement` takes the rows from $1
 * (jsonb) and leaves out those that are not as they were loaded (`where version = excluded.version - 1`);
 * then the database raises a serialization failure, which fails what was sent with it, COMMIT too, and the
 * unit of work is run again.
 *
 * @param statement an `insert ... on conflict` without `returning`
 */
export function saveRows(name: string, statement: string, rows: readonly object[]): Statement[] {
  return writeRows(
    name,
    `with saved as (${statement} returning 1) select raise_if_stale(count(*), $2) from saved`,
    rows,
    [rows.length],
  );
}

/** Writes rows that the text takes from $1, a JSON array; none: no statement. */
export function writeRows(
  name: string,
  text: string,
  rows: readonly object[],
  more: unknown[] = [],
): Statement[] {
  return rows.length === 0 ? [] : [{ name, text, values: [JSON.stringify(rows), ...more] }];
}
