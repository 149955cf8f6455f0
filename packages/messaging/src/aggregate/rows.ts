import type { Envelope } from '@sagakit/messages/envelope';

/** A state with what the runtime keeps with it. */
export type RowOf<State> = {
  key: string;
  /**
   * Raised by every save; what was loaded must still be there (optimistic locking: compare and set). 0: no
   * row yet.
   */
  version: number;
  /** Messages that this source wrote about the subject so far. */
  sequence: number;
  /**
   * The reply given to each command, by the reply's type. A command that is sent again gets the same one,
   * unchanged.
   */
  replies: Record<string, Envelope>;
  state: State;
};

/** One subject's row as the runtime sees it. */
export type Row<S> = RowOf<S | undefined>;

/** As it is to be saved: its version is one more than that of the row that was loaded. */
export type ChangedRow<S> = RowOf<S>;

/** The rows that a batch loaded, and what became of them: ten changes of one row are saved once. */
export type IdentityMap<S> = {
  get(key: string): Row<S>;
  set(row: RowOf<S>): void;
  changed(): ChangedRow<S>[];
};

export function createIdentityMap<S>(loaded: Row<S>[]): IdentityMap<S> {
  const rows = new Map(loaded.map((row) => [row.key, row]));
  const loadedVersion = new Map(loaded.map((row) => [row.key, row.version]));
  const changed = new Map<string, ChangedRow<S>>();
  return {
    get: (key) => rows.get(key) ?? { key, version: 0, sequence: 0, replies: {}, state: undefined },
    set(row) {
      const next = { ...row, version: (loadedVersion.get(row.key) ?? 0) + 1 };
      rows.set(row.key, next);
      changed.set(row.key, next);
    },
    changed: () => [...changed.values()],
  };
}

/** A subject's first row, saved together with its first messages. */
export function firstRow<S>(key: string, state: S, messages = 1): ChangedRow<S> {
  return { key, version: 1, sequence: messages, replies: {}, state };
}
