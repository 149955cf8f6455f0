/**
 * How every connection to a service's database is made. The tools' and tests' own connections need none of
 * it.
 */
import type { ClientConfig } from 'pg';

/**
 * Given to the server with the connection, where it counts more than what `alter system`, `alter role` or
 * `alter database` say.
 *
 * - The time zone: Prisma takes what it reads for UTC, and a time without zone is one.
 * - enable_seqscan=off with generic plans: a named statement that was planned while its table was tiny would
 *   scan the whole table for ever (measured: three times the database's CPU, and growing).
 */
const ALWAYS = ['TimeZone=UTC', 'DateStyle=ISO', 'default_transaction_isolation=read\\ committed'];
/** Where the tables are. An address may name another schema in its options. */
const UNLESS_SAID = ['search_path=public'];
export const PLANS = ['enable_seqscan=off', 'plan_cache_mode=force_generic_plan'];

/** A server that is frozen or out of reach takes the connection and says nothing. */
const CONNECTS_WITHIN_MS = 3_000;

/** @param settings more for the server, `name=value` */
export function connectionTo(
  url: string,
  { name, settings = [] }: { name: string; settings?: readonly string[] },
): ClientConfig {
  const { connectionString, options } = withoutOptions(url);
  return {
    connectionString,
    application_name: name,
    connectionTimeoutMillis: CONNECTS_WITHIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // What stands last counts.
    options: [...UNLESS_SAID.map(asOption), ...options, ...[...ALWAYS, ...settings].map(asOption)].join(' '),
  };
}

const asOption = (setting: string) => `-c ${setting}`;

/** To pg the options in a URL stand in the place of all others. */
function withoutOptions(connectionString: string): { connectionString: string; options: string[] } {
  if (!URL.canParse(connectionString)) return { connectionString, options: [] };
  const url = new URL(connectionString);
  const options = url.searchParams.getAll('options');
  url.searchParams.delete('options');
  return options.length === 0 ? { connectionString, options } : { connectionString: url.href, options };
}
