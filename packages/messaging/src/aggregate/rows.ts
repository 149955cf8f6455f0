import type { Envelope } from '@sagakit/messages/envelope';

/** One subject's row as the runtime sees it. */
export type Row<S> = {
  key: string;
  /** Raised by every save; what was loaded must still be there (compare and set). 0: no row yet. */
  version: number;
  /** Messages that this source wrote about the subject so far. */
  sequence: number;
  /** The answer given to each command, by the answer's type. A command that is sent again gets the same one, unchanged. */
  answers: Record<string, Envelope>;
  state: S | undefined;
};

export type ChangedRow<S> = Row<S> & { state: S; expected: number };

/** The rows that a batch loaded, and what became of them: ten changes of one row are saved once. */
export type IdentityMap<S> = {
  get(key: string): Row<S>;
  set(row: Row<S> & { state: S }): void;
  changed(): ChangedRow<S>[];
};

export function createIdentityMap<S>(loaded: Row<S>[]): IdentityMap<S> {
  const rows = new Map(loaded.map((row) => [row.key, row]));
  const loadedVersion = new Map(loaded.map((row) => [row.key, row.version]));
  const changed = new Map<string, ChangedRow<S>>();
  return {
    get: (key) => rows.get(key) ?? { key, version: 0, sequence: 0, answers: {}, state: undefined },
    set(row) {
      const expected = loadedVersion.get(row.key) ?? 0;
      const next = { ...row, version: expected + 1, expected };
      rows.set(row.key, next);
      changed.set(row.key, next);
    },
    changed: () => [...changed.values()],
  };
}
