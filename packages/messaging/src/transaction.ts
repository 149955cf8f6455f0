import type { Pool, PoolClient } from 'pg';

/** A connection inside a transaction. */
export type Tx = Pick<PoolClient, 'query'>;

/**
 * A transaction on a pipelining connection (`pipeline: true`): statements issued together with `Promise.all` go out in one write and
 * are executed in that order. Each of them that fails makes those after it fail too.
 */
export type PipelinedTx = Tx & {
  together<T extends readonly unknown[]>(issue: () => readonly [...T]): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }>;
};

/** COMMIT was sent and the connection failed, or the server answered ROLLBACK: only a re-read by key can tell what holds. */
export class CommitUnknownError extends Error {
  override name = 'CommitUnknownError';
}

/** A row was changed by somebody else between load and save. The whole unit of work is run again. */
export class StaleRowError extends Error {
  override name = 'StaleRowError';
}

/**
 * Runs `work` in one transaction. Errors of `work` roll back and are thrown on. A connection that failed is not given back
 * to the pool.
 */
export async function withTransaction<T>(pool: Pool, work: (tx: PipelinedTx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that dies while it is ours is not given back as if it were whole.
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    // Not awaited: it travels with the first statements of the work. If it fails, so do they.
    const begun = client.query('begin');
    begun.catch(() => {});
    const result = await work(pipelined(client));
    await begun;
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') throw new CommitUnknownError(`the server answered ${command} to COMMIT`);
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

function pipelined(client: PoolClient): PipelinedTx {
  const { stream } = (client as unknown as { connection: { stream: { cork(): void; uncork(): void } } }).connection;
  return {
    query: (client as Tx).query.bind(client),
    async together(issue) {
      // One write to the socket, not one per statement: each would wake the server up.
      stream.cork();
      const issued = releasing(stream, issue);
      return await Promise.all(issued);
    },
  };
}

/** The statements are issued synchronously, then the socket is released; only the answers are awaited. */
function releasing<T>(stream: { uncork(): void }, issue: () => T): T {
  try {
    return issue();
  } finally {
    stream.uncork();
  }
}

const TRANSIENT_CLASSES = new Set(['08', '40', '53', '55', '57', '58']);
const TRANSIENT_CODES = new Set(['25P03', '25P04', '28000', '28P01', '3D000']);

/**
 * True if the same work may succeed later: the database is away or restarting, a lock or a statement timed out, somebody
 * else changed a row. False for what the data itself breaks (SQLSTATE 22xxx, 23xxx ...). Unknown errors without an SQLSTATE come
 * from the connection (pg gives them no code), so they count as transient.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof StaleRowError || error instanceof CommitUnknownError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return !(error instanceof TypeError || error instanceof RangeError);
  if (!/^[0-9A-Z]{5}$/.test(code)) return true; // ECONNREFUSED and its like
  return TRANSIENT_CODES.has(code) || TRANSIENT_CLASSES.has(code.slice(0, 2));
}
