import type { Pool, PoolClient } from 'pg';
import { CommitUnknownError, isTransient, spoilsConnection } from './database-errors.ts';
import { type QueryRows, type Query, sendPipelined } from './pipeline.ts';
import { retry } from '@sagakit/resilience/retry';
import type { Statement } from './statement.ts';

/** A connection inside a transaction. */
export type Tx = Pick<PoolClient, 'query'>;

/** A transaction whose statements travel in pipelines (see pipeline.ts). */
export type PipelinedTx = Tx & {
  /**
   * `issue` must call all its statements synchronously: they make one trip to the database. The first that
   * fails fails all of them.
   */
  together<T extends readonly unknown[]>(
    issue: () => readonly [...T],
  ): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }>;
  /** Writes and commits, in one trip: COMMIT travels with the statements. Nothing can follow. */
  commit(statements: readonly Statement[]): Promise<void>;
};

/**
 * Runs `work` in one transaction, and commits it if the work has not done so itself. Errors of `work` roll
 * back and are thrown on. A connection that failed is not given back to the pool.
 *
 * @param until milliseconds of `performance.now()`: a trip to the database that is not answered by then
 * fails. Default: the pool's limit
 */
export async function withTransaction<T>(
  pool: Pool,
  work: (tx: PipelinedTx) => Promise<T>,
  until?: number,
): Promise<T> {
  const client = await pool.connect();
  // A connection that dies while it is ours is not given back as if it were whole.
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  const tx = pipelined(client, until);
  try {
    // It travels with the first statements of the work.
    const [, result] = await tx.together(() => [tx.query(BEGIN), work(tx)]);
    if (!tx.committed()) await tx.commit([]);
    return result;
  } catch (error) {
    if (spoilsConnection(error)) broken ??= error as Error;
    // A rollback that fails leaves the connection in doubt: it is closed instead.
    if (!broken) {
      await sendPipelined(client, [ROLLBACK], until && ROLLBACK_WITHIN_MS).catch((failure: Error) => {
        broken = failure;
      });
    }
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * A caller usually waits ten seconds: with the time that it takes to see that no connection can be made this
 * is less.
 */
const ANSWERED_WITHIN_MS = 5_000;
const ROLLBACK_WITHIN_MS = 1_000;

/**
 * For a caller who waits (an HTTP request): tries again while the database is away for a moment or somebody
 * else changed the same rows, five times within about two seconds, and not beyond five; then throws the last
 * error. `work` looks first for what it is about to do: that a connection failed at COMMIT does not say that
 * nothing was committed.
 */
export function retriedTransaction<T>(pool: Pool, work: (tx: PipelinedTx) => Promise<T>): Promise<T> {
  const until = performance.now() + ANSWERED_WITHIN_MS;
  return retry(() => withTransaction(pool, work, until), {
    retryable: (error) => isTransient(error) && performance.now() < until,
    backoff: { initialMs: 50, maxMs: 1_000 },
    attempts: 5,
  });
}

const BEGIN = { name: 'begin', text: 'begin' };
const COMMIT = { name: 'commit', text: 'commit' };
const ROLLBACK = { text: 'rollback' };

type Pending = { query: Query; resolve(rows: QueryRows): void; reject(error: unknown): void };

function pipelined(client: PoolClient, until: number | undefined): PipelinedTx & { committed(): boolean } {
  /** The pipeline that is being filled; outside of `together` every statement is one of its own. */
  let collecting: Pending[] | undefined;
  let committed = false;

  function send(pipeline: readonly Pending[]): void {
    sendPipelined(
      client,
      pipeline.map(({ query }) => query),
      until && Math.max(1, until - performance.now()),
    ).then(
      (results) => pipeline.forEach(({ resolve }, place) => resolve(results[place] as QueryRows)),
      (error) => pipeline.forEach(({ reject }) => reject(error)),
    );
  }

  function query(given: Query | string, values?: unknown[]): Promise<QueryRows> {
    return new Promise((resolve, reject) => {
      const pending = { query: typeof given === 'string' ? { text: given, values } : given, resolve, reject };
      if (collecting) collecting.push(pending);
      else send([pending]);
    });
  }

  return {
    query: query as Tx['query'],
    async together(issue) {
      // One inside another is the same pipeline.
      const outer = collecting;
      const pipeline = outer ?? [];
      collecting = pipeline;
      let issued;
      try {
        issued = issue();
      } finally {
        collecting = outer;
      }
      if (!outer && pipeline.length > 0) send(pipeline);
      return Promise.all(issued);
    },
    async commit(statements) {
      const toNotify = statements.find((statement) => statement.notifies)?.notifies;
      const along = toNotify?.piggyback();
      const issued = along ? [...statements, along.statement] : statements;
      try {
        const results = await this.together(() => [...issued, COMMIT].map((statement) => query(statement)));
        const command = results.at(-1)?.command;
        if (command !== 'COMMIT') throw new CommitUnknownError(`the server answered ${command} to COMMIT`);
        committed = true;
        statements.forEach(({ onRows }, place) => onRows?.(results[place]?.rows as never[]));
        if (along) along.onRows(results[statements.length]?.rows ?? []);
        else toNotify?.notify();
      } catch (error) {
        if (!committed) along?.onError();
        throw error;
      }
    },
    committed: () => committed,
  };
}
