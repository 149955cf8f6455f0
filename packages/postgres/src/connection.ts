/**
 * How every connection to a service's database is made. The tools' and tests' own connections need none of
 * it.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ClientConfig } from 'pg';
import { parse } from 'pg-connection-string';

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

/**
 * Where a database is, and as whom one comes in: `postgres://role@host/name`. The password may stand in it,
 * or in a file, which each connection reads anew: a password that is changed while all runs costs nothing.
 */
export type Address = string | { url: string; passwordFile?: string | undefined };

/** @param settings more for the server, `name=value` */
export function connectionTo(
  address: Address,
  { name, settings = [] }: { name: string; settings?: readonly string[] },
): ClientConfig {
  const { url, passwordFile } = typeof address === 'string' ? { url: address } : address;
  const { connectionString, options } = withoutOptions(url);
  return {
    application_name: name,
    connectionTimeoutMillis: CONNECTS_WITHIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...partsOf(connectionString),
    ...(passwordFile === undefined ? {} : { password: () => passwordIn(passwordFile) }),
    // What stands last counts.
    options: [...UNLESS_SAID.map(asOption), ...options, ...[...ALWAYS, ...settings].map(asOption)].join(' '),
  };
}

/** Apart: to pg an address counts more than what stands beside it, also the password that it has not. */
function partsOf(connectionString: string): ClientConfig {
  const { ssl, sslrootcert, ...parts } = parse(connectionString);
  const said = Object.fromEntries(Object.entries(parts).filter(([, value]) => value)) as ClientConfig;
  if (typeof ssl === 'string') return said; // pg knows no such value in an address
  if (ssl === undefined) return said;
  return {
    ...said,
    ssl: typeof ssl === 'object' && sslrootcert ? renewed(ssl, String(sslrootcert)) : ssl,
  } as ClientConfig;
}

/** With a password that is changed at this moment the server refuses, and it is tried again. */
const passwordIn = async (file: string) => (await readFile(file, 'utf8')).trim();

/**
 * A certificate authority is replaced from time to time: each connection reads its file anew. One that cannot
 * be read at this moment is as it was.
 */
function renewed(ssl: { ca?: string }, file: string): { readonly ca: string | undefined } {
  let { ca } = ssl;
  return {
    ...ssl,
    get ca() {
      try {
        ca = readFileSync(file, 'utf8');
      } catch {
        // The next connection tries again.
      }
      return ca;
    },
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
