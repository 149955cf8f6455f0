import type { Envelope } from '@sagakit/messages/envelope';
import { saveRows, type Statement } from '@sagakit/postgres/statement';
import {
  type Column,
  column,
  type Columns,
  type LockedRow,
  parseRow,
  type SavedRow,
  tableSql,
} from '@sagakit/postgres/table';
import type { Tx } from '@sagakit/postgres/transaction';
import { type ChangedRow, createIdentityMap, type Row } from './rows.ts';
import type { Store } from './store.ts';

/** A table is declared by its columns. */
export { column };

/**
 * Where the states of one kind of subject are kept, a row each; `state: undefined` is a subject without one.
 */
export type Table<Id extends string, S> = Store<S, Id, S | undefined> & {
  /**
   * The locked columns, for a lock that finds its rows otherwise: `select ${selected} from ... for update`.
   */
  selected: string;
  /** In key order. */
  lock(tx: Tx, keys: readonly string[]): Promise<Row<S>[]>;
  /** A row as a statement with `selected` gives it. */
  toRow(given: Record<string, unknown>): Row<S>;
  /** By optimistic locking. */
  save(rows: readonly ChangedRow<S>[]): Statement[];
};

/**
 * A table as one list of columns, and how a state lies in them. What the framework keeps with each row
 * (version, sequence, replies) is not named: the columns `version`, `sequence` and, unless `replies` is
 * false, `answers` must be there.
 *
 * @param replies false where no command is answered
 */
export function table<Id extends string, S, C extends Columns>({
  name,
  key,
  columns,
  toColumns,
  toState,
  replies = true,
}: {
  name: string;
  key: readonly [name: string, column: Column<Id, Id>];
  columns: C;
  toColumns: (state: S) => SavedRow<C>;
  toState: (row: LockedRow<C>, key: Id) => S;
  replies?: boolean;
}): Table<Id, S> {
  const [keyName] = key;
  const kept = {
    version: column.int(),
    sequence: column.int(),
    ...(replies ? { answers: column.jsonb() } : {}),
  };
  const sql = tableSql(name, key, { ...kept, ...columns });
  const parsed = parseRow(columns);
  const { lock, selected } = { ...sql, lock: { name: `${name}-lock`, text: sql.lock } };

  const toRow = (given: Record<string, unknown>): Row<S> => ({
    key: given[keyName] as string,
    version: given['version'] as number,
    sequence: given['sequence'] as number,
    replies: (given['answers'] ?? {}) as Record<string, Envelope>,
    state: toState(parsed(given), given[keyName] as Id),
  });
  const lockRows = async (tx: Tx, keys: readonly string[]) => {
    const { rows } = await tx.query<Record<string, unknown>>({ ...lock, values: [keys] });
    return rows.map(toRow);
  };
  const save = (rows: readonly ChangedRow<S>[]) =>
    saveRows(
      `${name}-save`,
      sql.save,
      rows.map(({ key: own, version, sequence, replies: given, state }) => ({
        [keyName]: own,
        version,
        sequence,
        ...(replies ? { answers: given } : {}),
        ...toColumns(state),
      })),
    );
  return {
    selected,
    toRow,
    lock: lockRows,
    save,
    async load(tx, incoming) {
      const rows = createIdentityMap(
        await lockRows(tx, [...new Set(incoming.map(({ message }) => message.subject))]),
      );
      return { get: ({ subject }) => rows.get(subject), set: rows.set, save: () => save(rows.changed()) };
    },
  };
}
