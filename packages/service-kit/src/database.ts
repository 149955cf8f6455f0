import pg, { type Pool } from 'pg';
import type { Logger } from 'pino';

/**
 * Set per connection, so that they hold wherever the service is deployed.
 *
 * - enable_seqscan=off with generic plans: a named statement that was planned while its table was tiny would scan the whole
 *   table for ever (measured: three times the database's CPU, and growing).
 * - the three timeouts: a replica that freezes in the middle of a transaction must not hold its rows.
 */
const SESSION = [
  'enable_seqscan=off',
  'plan_cache_mode=force_generic_plan',
  'idle_in_transaction_session_timeout=10000',
  'lock_timeout=10000',
  'statement_timeout=30000',
];

/** A pool that survives a restart of Postgres: broken connections are dropped, and the next query opens a new one. */
export function createPool(
  { connectionString, service, max }: { connectionString: string; service: string; max: number },
  log: Logger,
): Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    application_name: service,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    options: SESSION.map((setting) => `-c ${setting}`).join(' '),
  });
  // Without a listener an idle connection that dies would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  // Nor must one that dies at any other moment: also in the instant between being handed out and being used.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ err: error }, 'a database connection failed')));
  return pool;
}

/** Throws if the database does not answer within `timeoutMs`. */
export async function pingDatabase(pool: Pool, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([pool.query('select 1'), late]);
  } finally {
    clearTimeout(timer);
  }
}
