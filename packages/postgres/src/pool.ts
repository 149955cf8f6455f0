import { type Address, connectionTo, PLANS } from './connection.ts';
import { NoConnectionError, troubleOf } from './database-errors.ts';
import { withTimeout } from '@sagakit/resilience/timeout';
import pg, { type Pool, type PoolClient, type QueryConfig } from 'pg';
import type { Logger } from 'pino';

/** A replica that freezes in the middle of a transaction must not hold its rows. */
const SESSION = [
  ...PLANS,
  'idle_in_transaction_session_timeout=10000',
  'lock_timeout=10000',
  'statement_timeout=30000',
];
/**
 * Longer than the server's own limit: it stands for a server that is frozen, or behind a network that says
 * nothing any more.
 */
const ANSWERS_WITHIN_MS = 35_000;

/** Somebody waits for a read, usually for ten seconds: he is told before that to come back. */
const READ_WITHIN_MS = 4_000;
const READS_AT_ONCE = 4;

type PoolOptions = { address: Address; service: string };

/**
 * For transactions. Survives a restart of Postgres: broken connections are dropped, and the next query opens
 * a new one.
 */
export const createPool = ({ address, service, max }: PoolOptions & { max: number }, log: Logger): Pool =>
  listenTo(
    new ServicePool({
      ...connectionTo(address, { name: service, settings: SESSION }),
      max,
      idleTimeoutMillis: 60_000,
      query_timeout: ANSWERS_WITHIN_MS,
    }),
    log,
  );

/** For what HTTP reads: each query is answered, or fails, before its caller gives up. */
export const createReadPool = ({ address, service }: PoolOptions, log: Logger): Pool =>
  listenTo(
    new ServicePool({
      ...connectionTo(address, {
        name: `${service}-reads`,
        settings: [`statement_timeout=${READ_WITHIN_MS}`],
      }),
      max: READS_AT_ONCE,
      idleTimeoutMillis: 60_000,
      query_timeout: READ_WITHIN_MS,
    }),
    log,
  );

type Connected = Parameters<Pool['connect']>[0];

/**
 * Whatever keeps a connection from being made (a password, a certificate, a name) is known as that, and not
 * taken for a fault of the work.
 */
class ServicePool extends pg.Pool {
  override connect(): Promise<PoolClient>;
  override connect(done: Connected): void;
  override connect(done?: Connected): Promise<PoolClient> | void {
    if (done)
      return super.connect((error, client, release) => done(error && noConnection(error), client, release));
    return super.connect().catch((error: Error) => {
      throw noConnection(error);
    });
  }
}

const noConnection = (cause: Error) => new NoConnectionError(cause.message, { cause });

function listenTo(pool: Pool, log: Logger): Pool {
  // Without a listener an idle connection that dies would end the process.
  pool.on('error', tellingOfLosses(log));
  // Nor must one that dies at any other moment: also in the instant between being handed out and being used.
  pool.on('connect', (client) =>
    client.on('error', (error) => log.debug({ err: error }, 'a database connection failed')),
  );
  return pool;
}

/** What goes together is told together: a server that restarts, or a password that is changed, ends all. */
const TOGETHER_MS = 100;

function tellingOfLosses(log: Logger): (error: Error) => void {
  let lost = 0;
  function tell(error: Error): void {
    const what = { ...troubleOf(error), connections: lost };
    log.warn(what, 'idle database connections were lost; whoever needs one makes another');
    lost = 0;
  }
  return (error) => {
    if (lost++ === 0) setTimeout(tell, TOGETHER_MS, error).unref();
  };
}

/**
 * Throws if the database does not answer within `timeoutMs`, or takes no writes.
 */
export async function pingDatabase(pool: Pool, timeoutMs: number): Promise<void> {
  await withTimeout(pool.query(within(timeoutMs, FAILS_IF_READ_ONLY)), timeoutMs, () => {
    throw new Error(`no answer within ${timeoutMs} ms`);
  });
}

/** A query that fails, and ends its connection, if it is not answered within `timeoutMs`. */
export const within = (timeoutMs: number, text: string): QueryConfig =>
  ({ text, query_timeout: timeoutMs }) as QueryConfig;

/**
 * An error, so that the pool throws the connection away: the next one may lead to a server that takes writes.
 */
const FAILS_IF_READ_ONLY = `do $$ begin
  if current_setting('transaction_read_only')::boolean then
    raise exception 'the server is read-only' using errcode = '25006';
  end if;
end $$`;
