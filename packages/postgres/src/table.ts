/**
 * A table's columns as one list, and the two statements that are made of it once: lock rows by key, save rows
 * by optimistic locking. Nothing else: what is to be searched for is asked in SQL of its own.
 */

/**
 * One column. `Read`: what a locked row gives; `Write`: what a row to be saved needs; `never` for what there
 * is none of.
 */
export type Column<Read, Write> = {
  readonly sql: string;
  readonly locked: boolean;
  /** Written with the row's first save only. */
  readonly once: boolean;
  /** SQL that gives the value, instead of the row. */
  readonly filled?: string;
  /** From what the driver gives. */
  readonly parse?: (value: never) => unknown;
  /** Only in types. */
  readonly values?: readonly [read: Read, write: Write];
};
export type Columns = Readonly<Record<string, Column<unknown, unknown>>>;
type Plain<T> = Column<T, T>;

type ReadOf<C> = C extends Column<infer Read, infer _> ? Read : never;
type WriteOf<C> = C extends Column<infer _, infer Write> ? Write : never;
/** What a locked row holds. */
export type LockedRow<C extends Columns> = {
  [N in keyof C as [ReadOf<C[N]>] extends [never] ? never : N]: ReadOf<C[N]>;
};
/** What a row needs to be saved. */
export type SavedRow<C extends Columns> = {
  [N in keyof C as [WriteOf<C[N]>] extends [never] ? never : N]: WriteOf<C[N]>;
};

const plain = <T>(sql: string, parse?: (value: never) => unknown): Plain<T> => ({
  sql,
  locked: true,
  once: false,
  ...(parse ? { parse } : {}),
});

function text(): Plain<string>;
function text<T extends string | null>(): Plain<T>;
function text() {
  return plain('text');
}

/** Kinds of columns. One that can be null says so: `column.text<string | null>()`. */
export const column = {
  text,
  uuid: <T extends string = string>() => plain<T>('uuid'),
  int: () => plain<number>('int'),
  boolean: () => plain<boolean>('boolean'),
  /** A safe integer. */
  bigint: () => plain<number>('bigint', (value: string) => Number(value)),
  jsonb: <T>() => plain<T>('jsonb'),
  /** ISO 8601, in UTC. */
  timestamptz: () => plain<string>('timestamptz', (value: Date) => value.toISOString()),
  /** When the row was saved last, by the database's clock. */
  savedAt: (): Column<never, never> => ({ sql: 'timestamptz', locked: false, once: false, filled: 'now()' }),
  /** Is what it was when the row came to be: no later save writes it. */
  once: <R, W>(own: Column<R, W>): Column<R, W> => ({ ...own, once: true }),
  /** For those who read the table: the state does not come from it. */
  derived: <R, W>(own: Column<R, W>): Column<never, W> => ({
    ...(own as unknown as Column<never, W>),
    locked: false,
  }),
};

/**
 * The texts of the two statements. Of the columns one is called `version`: a save raises it by one, and finds
 * the row only if it is as it was.
 *
 * `lock` takes an array of keys and locks in key order, so that two batches with the same keys cannot wait
 * for each other; `save` takes a JSON array of rows, for saveRows (see statement.ts). `selected` is the list
 * of the locked columns, for a lock that finds its rows otherwise.
 */
export function tableSql(
  name: string,
  [key, { sql: keyType }]: readonly [name: string, column: Column<unknown, unknown>],
  columns: Columns,
): { selected: string; lock: string; save: string } {
  const all = Object.entries(columns);
  const names = (given: readonly [string, unknown][]) => [key, ...given.map(([each]) => each)].join(', ');
  const selected = names(all.filter(([, { locked }]) => locked));
  // The table's alias is its first letter; what is to be saved has another.
  const own = name.charAt(0);
  const given = own === 'r' ? 'v' : 'r';
  const values = [key, ...all.map(([each, { filled }]) => filled ?? each)].join(', ');
  const types = [
    `${key} ${keyType}`,
    ...all.flatMap(([each, { sql, filled }]) => (filled ? [] : [`${each} ${sql}`])),
  ];
  const updates = all.flatMap(([each, { once, filled }]) =>
    once ? [] : [`${each} = ${filled ?? `excluded.${each}`}`],
  );
  return {
    selected,
    lock: `select ${selected} from ${name} where ${key} = any($1::${keyType}[]) order by ${key} for update`,
    save: [
      `insert into ${name} as ${own} (${names(all)})`,
      `select ${values}`,
      `from jsonb_to_recordset($1::jsonb) as ${given} (${types.join(', ')})`,
      `on conflict (${key}) do update set ${updates.join(', ')}`,
      `where ${own}.version = excluded.version - 1`,
    ].join('\n'),
  };
}

/** Makes of a row as the driver gave it one as the columns say. */
export function parseRow<C extends Columns>(columns: C): (given: Record<string, unknown>) => LockedRow<C> {
  const parsed = Object.entries(columns).flatMap(([name, { locked, parse }]) =>
    locked && parse ? [[name, parse] as const] : [],
  );
  return (given) => {
    for (const [name, parse] of parsed) if (given[name] !== null) given[name] = parse(given[name] as never);
    return given as LockedRow<C>;
  };
}
