/**
 * Makes what the services need of a PostgreSQL, and makes good what is missing or was changed: roles,
 * databases, passwords, access. A job that runs before the services start, and as often as one likes: on a
 * new server, on an old volume, on one whose first start was interrupted.
 *
 *   node packages/service-kit/src/create-databases.ts contracts/src/system.ts
 *
 * The file exports DATABASE_OWNERS, their names.
 *
 * ADMIN_URL            a superuser's address (or ADMIN_URL_FILE). Over the server's own socket its password
 * and the access from the network are made
 *                      good as well
 * PASSWORDS_DIR        holds a file `<service>-password` for each service, and may hold `postgres-password`
 * for the superuser HAND_OUT_DIR         optional: each service's password is written to
 * `<service>/<service>-password` below it, for all to read, so that a
 *                      service needs no rights to the files that it came from
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isTransient } from '@sagakit/postgres/database-errors';
import { retry } from '@sagakit/resilience/retry';
import pg from 'pg';
import { z } from 'zod';
import { ConfigError, LogLevel, readConfig } from './config.ts';
import { createDatabases, letNetworkIn, roleOf, setOwnPassword } from './databases.ts';
import { createLog } from './logging.ts';

const Config = z.object({
  ADMIN_URL: z.string().min(1),
  PASSWORDS_DIR: z.string().min(1),
  HAND_OUT_DIR: z.string().optional(),
  /**
   * Not needed here, but by all that start after this: better refused now than by each of them again and
   * again.
   */
  LOG_LEVEL: LogLevel.default('info'),
});
type Config = z.infer<typeof Config>;

const TRY_FOR_MS = 60_000;

function passwordIn(folder: string, name: string): string {
  const password = readFileSync(path.join(folder, `${name}-password`), 'utf8').trim();
  if (password === '') throw new ConfigError([`${name}-password is empty`]);
  return password;
}

/** The whole file or none, also for who reads it at this moment. */
function handOut(folder: string, service: string, password: string): void {
  const file = path.join(folder, service, `${service}-password`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, password, { mode: 0o444, flag: 'w' });
  renameSync(`${file}.new`, file);
}

async function makeGood(config: Config, passwords: Map<string, string>): Promise<string[]> {
  const client = new pg.Client({ connectionString: config.ADMIN_URL, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ local: boolean }>('select inet_client_addr() is null as local');
    const own = rows[0]?.local ? await makeServerGood(client, config.PASSWORDS_DIR) : [];
    const owners = [...passwords].map(([service, password]) => ({ role: roleOf(service), password }));
    return [...own, ...(await createDatabases(client, owners))];
  } finally {
    await client.end().catch(() => {});
  }
}

/** What is the server's own, and can be made good only by who is let in without a password. */
async function makeServerGood(client: pg.Client, folder: string): Promise<string[]> {
  if (existsSync(path.join(folder, 'postgres-password')))
    await setOwnPassword(client, passwordIn(folder, 'postgres'));
  return (await letNetworkIn(client)) ? ['access from the network'] : [];
}

async function main(config: Config, services: readonly string[]): Promise<void> {
  const log = createLog({ service: 'databases', instance: '1', level: config.LOG_LEVEL });
  const passwords = new Map(services.map((service) => [service, passwordIn(config.PASSWORDS_DIR, service)]));
  const giveUp = AbortSignal.timeout(TRY_FOR_MS);
  const done = await retry(() => makeGood(config, passwords), {
    retryable: isTransient,
    backoff: { initialMs: 200, maxMs: 2_000 },
    signal: giveUp,
    onRetry: (error, _attempt, waitMs) =>
      log.warn({ err: error, waitMs }, 'the database is away, trying again'),
  });
  if (config.HAND_OUT_DIR)
    for (const [service, password] of passwords) handOut(config.HAND_OUT_DIR, service, password);
  log.info(
    { done },
    done.length > 0 ? 'the databases were made good' : 'the databases are as they should be',
  );
}

try {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new ConfigError(['whose? node create-databases.ts contracts/src/system.ts']);
  const { DATABASE_OWNERS } = (await import(pathToFileURL(path.resolve(file)).href)) as {
    DATABASE_OWNERS: readonly string[];
  };
  await main(readConfig(Config, process.env), DATABASE_OWNERS);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
