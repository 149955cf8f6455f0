import type { Pool, PoolClient } from 'pg';
import { type Answer, type Query, sendFlight } from './flight.ts';
import { retry } from './retry.ts';
import type { Statement } from './statement.ts';

/** A connection inside a transaction. */
export type Tx = Pick<PoolClient, 'query'>;

/** A transaction whose statements travel in flights (see flight.ts). */
export type PipelinedTx = Tx & {
  /** `issue` must call all its statements synchronously: they make one trip to the database. The first that fails fails all of them. */
  together<T extends readonly unknown[]>(issue: () => readonly [...T]): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }>;
  /**
   * Writes and commits, in one trip: COMMIT travels with the statements. Nothing can follow.
   *
   * @param rides where messages are written to the outbox
   */
  commit(statements: readonly Statement[], rides?: Rides): Promise<void>;
};

/** A statement that goes along with a COMMIT, whoever's it is: it ends in `told`, with the rows that it answered with, or in `failed`. */
export type Ride = { statement: Statement; told(rows: unknown[]): void; failed(): void };
export type Rides = {
  /** Undefined: nothing wants to go along. */
  ride(): Ride | undefined;
  /** After a COMMIT without a ride, and after anything else that the relay should look at. */
  wrote(): void;
};

/** COMMIT was sent and the connection failed, or the server answered ROLLBACK: only a re-read by key can tell what holds. */
export class CommitUnknownError extends Error {
  override name = 'CommitUnknownError';
}

/**
 * Runs `work` in one transaction, and commits it if the work has not done so itself. Errors of `work` roll back and are thrown on. A
 * connection that failed is not given back to the pool.
 */
export async function withTransaction<T>(pool: Pool, work: (tx: PipelinedTx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that dies while it is ours is not given back as if it were whole.
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  const tx = pipelined(client);
  try {
    // It travels with the first statements of the work.
    const [, result] = await tx.together(() => [tx.query(BEGIN), work(tx)]);
    if (!tx.committed()) await tx.commit([]);
    return result;
  } catch (error) {
    // A rollback that fails leaves the connection in doubt: it is closed instead.
    await client.query('rollback').catch((failure: Error) => {
      broken ??= failure;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * For a caller who waits (an HTTP request): tries again while the database is away for a moment or somebody else changed the same
 * rows, five times within about two seconds, then throws the last error.
 */
export function retriedTransaction<T>(pool: Pool, work: (tx: PipelinedTx) => Promise<T>): Promise<T> {
  return retry(() => withTransaction(pool, work), {
    retryable: isTransient,
    backoff: { initialMs: 50, maxMs: 1_000 },
    attempts: 5,
  });
}

const BEGIN = { name: 'begin', text: 'begin' };
const COMMIT = { name: 'commit', text: 'commit' };

type Pending = { query: Query; resolve(answer: Answer): void; reject(error: unknown): void };

function pipelined(client: PoolClient): PipelinedTx & { committed(): boolean } {
  /** The flight that is being filled; outside of `together` every statement is one of its own. */
  let collecting: Pending[] | undefined;
  let committed = false;

  function send(flight: readonly Pending[]): void {
    sendFlight(
      client,
      flight.map(({ query }) => query),
    ).then(
      (answers) => flight.forEach(({ resolve }, place) => resolve(answers[place] as Answer)),
      (error) => flight.forEach(({ reject }) => reject(error)),
    );
  }

  function query(given: Query | string, values?: unknown[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const pending = { query: typeof given === 'string' ? { text: given, values } : given, resolve, reject };
      if (collecting) collecting.push(pending);
      else send([pending]);
    });
  }

  return {
    query: query as Tx['query'],
    async together(issue) {
      // One inside another is the same flight.
      const outer = collecting;
      const flight = outer ?? [];
      collecting = flight;
      let issued;
      try {
        issued = issue();
      } finally {
        collecting = outer;
      }
      if (!outer && flight.length > 0) send(flight);
      return Promise.all(issued);
    },
    async commit(statements, rides) {
      const ride = rides?.ride();
      const issued = ride ? [...statements, ride.statement] : statements;
      try {
        const answers = await this.together(() => [...issued, COMMIT].map((statement) => query(statement)));
        const command = answers.at(-1)?.command;
        if (command !== 'COMMIT') throw new CommitUnknownError(`the server answered ${command} to COMMIT`);
        committed = true;
        statements.forEach(({ told }, place) => told?.(answers[place]?.rows as never[]));
        if (ride) ride.told(answers[statements.length]?.rows ?? []);
        else rides?.wrote();
      } catch (error) {
        if (!committed) ride?.failed();
        throw error;
      }
    },
    committed: () => committed,
  };
}

const TRANSIENT_CLASSES = new Set(['08', '40', '53', '55', '57', '58']);
const TRANSIENT_CODES = new Set(['25P03', '25P04', '28000', '28P01', '3D000']);

/**
 * True if the same work may succeed later: the database is away or restarting, a lock or a statement timed out, somebody
 * else changed a row. False for what the data itself breaks (SQLSTATE 22xxx, 23xxx ...) and for errors with a name of their own (a
 * refusal, a failed validation). Plain errors without an SQLSTATE come from the connection (pg gives them no code).
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof CommitUnknownError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return error instanceof Error && error.name === 'Error';
  if (!/^[0-9A-Z]{5}$/.test(code)) return true; // ECONNREFUSED and its like
  return TRANSIENT_CODES.has(code) || TRANSIENT_CLASSES.has(code.slice(0, 2));
}
