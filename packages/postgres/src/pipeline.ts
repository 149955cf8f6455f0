/**
 * Statements that travel together: one write, ONE Sync behind the last, so one answer. pg sends a Sync with
 * each query, also in its pipeline mode: then the server answers each query by itself, with a write of its
 * own, and wakes this process up as often (docs/performance.md).
 *
 * After a statement that fails the server leaves out the rest of the pipeline, COMMIT included: a pipeline is
 * answered whole or fails whole, with the error that came first.
 *
 * Written as one of pg's custom queries (`Submittable`, as pg-cursor and pg-query-stream are): for a
 * connection without `pipeline: true`.
 */
import pg, { type ClientBase } from 'pg';
import { prepareValue } from 'pg/lib/utils.js';

export type Query = { name?: string | undefined; text: string; values?: readonly unknown[] | undefined };
export type QueryRows = { rows: Record<string, unknown>[]; rowCount: number | null; command: string };

/** The part of pg's connection that a custom query works with. */
type Connection = {
  stream: { cork(): void; uncork(): void };
  /** Statements that the server knows, by name; and those that are on their way to it. */
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: unknown[] }): void;
  describe(portal: { type: 'P'; name: '' }): void;
  execute(): void;
  sync(): void;
};

type Column = { name: string; parse(text: string): unknown };
type FieldDescription = { name: string; dataTypeID: number };

/**
 * What the rows of each named statement look like, by connection: the server need not say it again each time.
 */
const shapes = new WeakMap<Connection, Map<string, readonly Column[]>>();
const NO_COLUMNS: readonly Column[] = [];

function shapesOf(connection: Connection): Map<string, readonly Column[]> {
  const known = shapes.get(connection) ?? new Map<string, readonly Column[]>();
  shapes.set(connection, known);
  return known;
}

/**
 * Resolves with the rows of each query, in order. Rejects with the first error; what the pipeline did in a
 * transaction is then to be rolled back.
 *
 * @param timeoutMs without an answer until then it fails (`Query read timeout`), and the connection is of no
 * more use. Default: the client's limit
 */
export function sendPipelined(
  client: ClientBase,
  queries: readonly Query[],
  timeoutMs?: number,
): Promise<QueryRows[]> {
  return new Promise((resolve, reject) => {
    client.query(createPipelinedQuery(queries, { timeoutMs, resolve, reject }));
  });
}

type Settle = {
  timeoutMs: number | undefined;
  resolve: (results: QueryRows[]) => void;
  reject: (error: unknown) => void;
};

/**
 * In the form in which pg takes custom queries: it sets `callback`, and calls the handlers with what the
 * server says.
 */
function createPipelinedQuery(queries: readonly Query[], { timeoutMs, resolve, reject }: Settle) {
  // A value that cannot be sent must be found before anything is written.
  const values = queries.map((query) => (query.values ?? []).map((value) => prepareValue(value)));
  const received = createReceived(queries);
  return {
    query_timeout: timeoutMs,
    /** Set by pg: ends the timer of the limit. */
    callback: undefined as (() => void) | undefined,

    /** pg notes under this name and text that the server has parsed a statement, or that it failed. */
    get name() {
      return received.current()?.name;
    },
    get text() {
      return received.current()?.text;
    },

    submit(given: object): Error | undefined {
      const connection = given as Connection;
      const known = shapesOf(connection);
      const error = twoTextsUnderOneName(connection, queries);
      if (error) return error;
      write(connection, queries, values, known);
      received.begin(known);
      return undefined;
    },

    handleRowDescription: received.description,
    handleDataRow: received.row,
    handleCommandComplete: received.complete,
    handleEmptyQuery: received.empty,

    handleError(error: unknown, connection: object | undefined): void {
      // Their Parse was left out with them.
      const submitted = (connection as Connection | undefined)?.submittedNamedStatements ?? {};
      for (const { name } of queries.slice(received.results.length)) if (name) delete submitted[name];
      this.callback?.();
      reject(error);
    },

    handleReadyForQuery(): void {
      this.callback?.();
      resolve(received.results);
    },
  };
}

/** What the server has said of the queries so far, one after the other. */
function createReceived(queries: readonly Query[]) {
  const results: QueryRows[] = [];
  let known: Map<string, readonly Column[]>;
  let columns: readonly Column[] | undefined;
  let rows: QueryRows['rows'] = [];

  const current = () => queries[results.length];

  /** To the next statement, and its columns if they are known from an earlier run. */
  function advance(): void {
    rows = [];
    columns = known.get(current()?.name ?? '');
  }

  function end(rowCount: number | null, command: string): void {
    results.push({ rows, rowCount, command });
    advance();
  }

  return {
    results,
    current,
    /** @param shapes the columns of the statements that the connection knows by name */
    begin(shapes: Map<string, readonly Column[]>): void {
      known = shapes;
      advance();
    },
    description({ fields }: { fields: FieldDescription[] }): void {
      columns = fields.map(({ name, dataTypeID }) => ({
        name,
        parse: pg.types.getTypeParser(dataTypeID, 'text'),
      }));
    },
    row({ fields }: { fields: (string | null)[] }): void {
      const row: QueryRows['rows'][number] = {};
      (columns ?? NO_COLUMNS).forEach(({ name, parse }, index) => {
        const text = fields[index];
        row[name] = text == null ? null : parse(text);
      });
      rows.push(row);
    },
    complete({ text }: { text: string }): void {
      const words = text.split(' ');
      const count = Number(words.at(-1));
      const name = current()?.name;
      if (name) known.set(name, columns ?? NO_COLUMNS);
      end(Number.isNaN(count) ? null : count, words[0] ?? '');
    },
    empty: () => end(null, ''),
  };
}

function twoTextsUnderOneName(connection: Connection, queries: readonly Query[]): Error | undefined {
  const { parsedStatements: parsed, submittedNamedStatements: submitted } = connection;
  const named = new Map<string, string>();
  for (const { name, text } of queries) {
    if (!name) continue;
    const before = parsed[name] ?? submitted[name] ?? named.get(name) ?? text;
    if (before !== text) return new Error(`two statements are named ${name}`);
    named.set(name, text);
  }
  return undefined;
}

/**
 * All statements in one write, with one Sync behind the last. What the server knows by name is neither parsed
 * nor described again.
 */
function write(
  connection: Connection,
  queries: readonly Query[],
  values: readonly unknown[][],
  known: ReadonlyMap<string, unknown>,
): void {
  const { parsedStatements: parsed, submittedNamedStatements: submitted } = connection;
  connection.stream.cork();
  try {
    queries.forEach(({ name = '', text }, index) => {
      if (name === '' || (parsed[name] === undefined && submitted[name] === undefined)) {
        connection.parse({ name, text });
        if (name !== '') submitted[name] = text;
      }
      connection.bind({ statement: name, values: values[index] as unknown[] });
      if (!known.has(name)) connection.describe({ type: 'P', name: '' });
      connection.execute();
    });
    connection.sync();
  } finally {
    connection.stream.uncork();
  }
}
