/**
 * The job that makes the databases, on volumes that are not as they should be: in a project of its own, since
 * it destroys what it works on.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SERVICES } from '@order-saga/contracts/system';
import { eventually } from '@sagakit/testing/eventually';
import { expect, test } from '@playwright/test';
import { ROOT } from '../../tools/stack/state.ts';
import { inspect } from '../support/docker.ts';

const PROJECT = 'order-saga-test-databases';
const container = (service: string) => `${PROJECT}-${service}-1`;

async function compose(...args: string[]): Promise<string> {
  const env = { ...process.env, COMPOSE_PROJECT_NAME: PROJECT, POSTGRES_PORT: '15439' };
  const { stdout } = await promisify(execFile)('docker', ['compose', ...args], { cwd: ROOT, env });
  return stdout.trim();
}

/** As the superuser, over the server's own socket. */
const sql = (text: string, database = 'postgres') =>
  compose(
    'exec',
    '-T',
    'postgres',
    'psql',
    '-U',
    'postgres',
    '-d',
    database,
    '-v',
    'ON_ERROR_STOP=1',
    '-Atc',
    text,
  );

const HALF_A_CLUSTER = `
  docker-entrypoint.sh postgres & until [ -e "$PGDATA/base/1/PG_VERSION" ]; do :; done
  kill -KILL -1; [ ! -e "$PGDATA/base/5" ] && echo half of a cluster`;

/** Brings the job up, as `docker compose up` does, and tells what it found to do. */
async function makeGood(): Promise<string[]> {
  await compose('up', '--detach', 'databases');
  await eventually('the job has ended', async () => {
    const { Status, ExitCode } = await inspect<{ Status: string; ExitCode: number }>(
      container('databases'),
      '.State',
    );
    if (Status !== 'exited') return false;
    if (ExitCode !== 0) throw new Error(await compose('logs', '--tail', '5', 'databases'));
    return true;
  });
  const lines = (await compose('logs', '--no-log-prefix', 'databases')).split('\n');
  return (JSON.parse(lines.at(-1) ?? '') as { done: string[] }).done;
}

/**
 * By TCP and with their passwords, from another container: who migrates makes a table, and who works comes in
 * and makes none.
 */
async function comesIn(service: string, role = service): Promise<void> {
  const script = `
    import pg from 'pg';
    import { readFileSync } from 'node:fs';
    async function as(user, name) {
      const password = readFileSync('/passwords/' + name + '/' + name + '-password', 'utf8');
      const client = new pg.Client({ host: 'postgres', user, database: '${role}', password });
      await client.connect();
      const { code } = await client.query('create table if not exists mine (id int)').catch((error) => error);
      await client.end();
      return code;
    }
    const codes = [await as('${role}_owner', '${service}-owner'), await as('${role}', '${service}')];
    if (String(codes) !== ',42501') throw new Error('they were answered ' + codes);`;
  const mounts = [
    '--volume',
    `${PROJECT}_${service}-password:/passwords/${service}:ro`,
    '--volume',
    `${PROJECT}_${service}-owner-password:/passwords/${service}-owner:ro`,
    '--network',
    `${PROJECT}_default`,
  ];
  const image = await inspect<string>(container('databases'), '.Config.Image');
  const command = [
    'run',
    '--rm',
    ...mounts,
    '--workdir',
    '/app',
    image,
    'node',
    '--input-type=module',
    '-e',
    script,
  ];
  await promisify(execFile)('docker', command);
}

test.setTimeout(240_000);
test.afterAll(() => compose('down', '--volumes', '--timeout', '5'));

test('a new volume gets all, and then there is nothing to do', async () => {
  expect(await makeGood()).toEqual(
    expect.arrayContaining(['database order', 'database saga_orchestrator', 'role payment']),
  );
  await comesIn('order');
  await comesIn('saga-orchestrator', 'saga_orchestrator');
  expect(await makeGood()).toEqual([]);
});

test('a volume that lacks some, or has them otherwise, is made good, and what it holds stays', async () => {
  await sql('drop database notification');
  await sql('drop role notification');
  await sql('alter database payment owner to postgres');
  await sql('grant connect on database payment to public');
  await sql('alter database inventory allow_connections false');
  await sql(`alter role "order" nologin password 'another'`);
  await sql(`alter role postgres password 'another'`);
  // As if the first start had been interrupted before the image's last line.
  await compose(
    'exec',
    '-T',
    'postgres',
    'bash',
    '-c',
    `sed -i '/^host all all all/d' "$PGDATA/pg_hba.conf"`,
  );
  await sql('select pg_reload_conf()');
  await expect(comesIn('order')).rejects.toThrow(/no pg_hba.conf entry/);

  expect((await makeGood()).sort()).toEqual(
    ['access from the network', 'access to inventory', 'access to notification', 'access to payment']
      .concat('database notification', 'role notification')
      .sort(),
  );
  for (const service of SERVICES) await comesIn(service, service.replaceAll('-', '_'));
  expect(await sql('select to_regclass($$mine$$) is not null', 'order')).toBe('t');
  expect(await makeGood()).toEqual([]);
});

test('a first start that was interrupted is begun anew, and its half of a cluster is kept aside', async () => {
  await compose('down', '--volumes', '--timeout', '5');
  // Whoever looks from outside sees it too late on some machines: what begins here ends itself, between
  // initdb's first database and its last.
  const interrupted = compose(
    'run',
    '--rm',
    '--no-deps',
    '--entrypoint',
    'bash',
    'postgres',
    '-c',
    HALF_A_CLUSTER,
  );
  await expect(interrupted).resolves.toContain('half of a cluster');
  expect(await makeGood()).toContain('database order');
  expect(await compose('exec', '-T', 'postgres', 'ls', '/var/lib/postgresql/18')).toMatch(
    /docker\.interrupted\.\d+/,
  );
  await comesIn('payment');
});
