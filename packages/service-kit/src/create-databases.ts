/**
 * Makes what the services need of a PostgreSQL, and makes good what is missing or was changed: roles,
 * databases, passwords, access. A job that runs before the services start, and as often as one likes: on a
 * new server, on an old volume, on one whose first start was interrupted.
 *
 *   node packages/service-kit/src/create-databases.ts contracts/src/system.ts
 *
 * The file exports DATABASE_OWNERS, their names, and ONE_ROLE: those whose role owns what it works with.
 *
 * ADMIN_URL       a superuser's address (or ADMIN_URL_FILE). Over the server's own socket its password and
 *                 the access from the network are made good as well
 * PASSWORDS_DIR   holds a file `<service>-password` for the role of each service that works, and may hold
 *                 `<service>-owner-password` for the one that migrates, and `postgres-password` for the
 *                 superuser. An owner without a file gets a password with each run, for an hour: long enough
 *                 to migrate
 * HAND_OUT_DIR    optional: each role's password is written to `<service>/<service>-password` and
 *                 `<service>-owner/<service>-owner-password` below it, for all to read, so that a service
 *                 needs no rights to the files that it came from
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isTransient, troubleOf } from '@sagakit/postgres/database-errors';
import { retry } from '@sagakit/resilience/retry';
import pg from 'pg';
import { z } from 'zod';
import { ConfigError, LogLevel, readConfig } from './config.ts';
import { createDatabases, letNetworkIn, ownerOf, roleOf, setOwnPassword, type Working } from './databases.ts';
import { DEMO_SECRET_REFUSED, demoSecretsAreFine, isDemoSecret } from './demo-secrets.ts';
import { createLog } from './logging.ts';
import { handOut, passwordIn } from './password-files.ts';

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

function passwordOf(folder: string, name: string): string {
  const password = passwordIn(folder, `${name}-password`);
  if (isDemoSecret(password) && !demoSecretsAreFine(process.env))
    throw new ConfigError([`${name}-password: ${DEMO_SECRET_REFUSED}`]);
  return password;
}

const VALID_FOR_S = 3_600;

function workingFor(folder: string, service: string, inOne: boolean): Working {
  if (inOne) return { role: roleOf(service), password: passwordOf(folder, service) };
  const given = existsSync(path.join(folder, `${service}-owner-password`));
  return {
    role: roleOf(service),
    password: passwordOf(folder, service),
    owner: {
      role: ownerOf(service),
      ...(given
        ? { password: passwordOf(folder, `${service}-owner`) }
        : { password: randomBytes(24).toString('base64url'), validForS: VALID_FOR_S }),
    },
  };
}

function handOutFor(folder: string, service: string, password: string): void {
  const own = path.join(folder, service);
  mkdirSync(own, { recursive: true });
  handOut(path.join(own, `${service}-password`), password);
}

async function makeGood(config: Config, working: readonly Working[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: config.ADMIN_URL, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ local: boolean }>('select inet_client_addr() is null as local');
    const own = rows[0]?.local ? await makeServerGood(client, config.PASSWORDS_DIR) : [];
    return [...own, ...(await createDatabases(client, config.ADMIN_URL, working))];
  } finally {
    await client.end().catch(() => {});
  }
}

/** What is the server's own, and can be made good only by who is let in without a password. */
async function makeServerGood(client: pg.Client, folder: string): Promise<string[]> {
  if (existsSync(path.join(folder, 'postgres-password')))
    await setOwnPassword(client, passwordOf(folder, 'postgres'));
  return (await letNetworkIn(client)) ? ['access from the network'] : [];
}

type System = { DATABASE_OWNERS: readonly string[]; ONE_ROLE?: readonly string[] };

async function main(config: Config, { DATABASE_OWNERS, ONE_ROLE = [] }: System): Promise<void> {
  const log = createLog({ service: 'databases', instance: '1', level: config.LOG_LEVEL });
  // What is no service may be left out of a system: then it has no password.
  const isLeftOut = (name: string) =>
    ONE_ROLE.includes(name) && !existsSync(path.join(config.PASSWORDS_DIR, `${name}-password`));
  const names = DATABASE_OWNERS.filter((name) => !isLeftOut(name));
  const working = new Map(
    names.map((name) => [name, workingFor(config.PASSWORDS_DIR, name, ONE_ROLE.includes(name))]),
  );
  const giveUp = AbortSignal.timeout(TRY_FOR_MS);
  const done = await retry(() => makeGood(config, [...working.values()]), {
    retryable: isTransient,
    backoff: { initialMs: 200, maxMs: 2_000 },
    signal: giveUp,
    onRetry: (error, _attempt, waitMs) =>
      log.warn({ ...troubleOf(error), waitMs }, 'the database is away, trying again'),
  });
  if (config.HAND_OUT_DIR)
    for (const [service, { password, owner }] of working) {
      handOutFor(config.HAND_OUT_DIR, service, password);
      if (owner) handOutFor(config.HAND_OUT_DIR, `${service}-owner`, owner.password);
    }
  log.info(
    { done },
    done.length > 0 ? 'the databases were made good' : 'the databases are as they should be',
  );
}

try {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new ConfigError(['whose? node create-databases.ts contracts/src/system.ts']);
  await main(
    readConfig(Config, process.env),
    (await import(pathToFileURL(path.resolve(file)).href)) as System,
  );
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
