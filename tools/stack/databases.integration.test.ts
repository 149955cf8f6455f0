/**
 * A service that is new finds its database, also where the others have had theirs for long: in containers,
 * and in a folder's own stack.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { SERVICES } from '@order-saga/contracts/system';
import { roleOf } from '@sagakit/service-kit/databases';
import { queryAt } from '@sagakit/testing/connected';
import { postgresUrl, serviceDatabases } from '@sagakit/testing/infrastructure';
import { makeDatabases, postgresSpec, type Server } from './components/postgres.ts';
import { freePort } from './ports.ts';
import { ROOT } from './state.ts';
import { superviseHere } from './supervised-here.ts';
import type { Supervised } from './supervised.ts';
import { temporaryStackDir } from './temporary-dir.ts';

const SIXTH = 'new-service';

/** As the service comes in: by its own role and password. */
const urlOf = (url: string, service: string, password: string): string => {
  const own = new URL(url);
  Object.assign(own, { username: roleOf(service), password, pathname: `/${roleOf(service)}` });
  return own.href;
};

/** As a service migrates. */
function ownerUrl({ settingsOf }: Server, service: 'order' | 'notification'): string {
  const { DATABASE_OWNER_URL = '', DATABASE_OWNER_PASSWORD_FILE = '' } = settingsOf(service);
  const url = new URL(DATABASE_OWNER_URL);
  url.password = readFileSync(DATABASE_OWNER_PASSWORD_FILE, 'utf8').trim();
  return url.href;
}

describe('the job `databases`, on a server that has those of the other services', () => {
  let folder: string;
  const listed = path.join(ROOT, 'packages/service-kit/src/create-databases.ts');
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'order-saga-databases-'));
    mkdirSync(path.join(folder, 'handed-out'));
    writeFileSync(
      path.join(folder, 'system.ts'),
      `export const DATABASE_OWNERS = ${JSON.stringify([...SERVICES, SIXTH])};`,
    );
    // Those that the tests' server knows already.
    const databases = serviceDatabases();
    for (const service of SERVICES)
      writeFileSync(path.join(folder, `${service}-password`), new URL(databases[service] as string).password);
    writeFileSync(path.join(folder, `${SIXTH}-password`), 'of its own\n');
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await queryAt(postgresUrl(), `drop database if exists ${roleOf(SIXTH)} with (force)`);
    await queryAt(postgresUrl(), `drop role if exists ${roleOf(SIXTH)}`);
    await queryAt(postgresUrl(), `drop role if exists ${roleOf(SIXTH)}_owner`);
  });

  async function job(): Promise<string[]> {
    const env = {
      ADMIN_URL: postgresUrl(),
      PASSWORDS_DIR: folder,
      HAND_OUT_DIR: path.join(folder, 'handed-out'),
    };
    const { stdout } = await promisify(execFile)(process.execPath, [listed, path.join(folder, 'system.ts')], {
      env,
    });
    return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { done: string[] }).done;
  }

  it('makes what the new one lacks, touches no other, and then finds nothing to do', async () => {
    const before = await queryAt(
      serviceDatabases()['order'] as string,
      'select oid from pg_database where datname = current_database()',
    );
    assert.deepEqual(await job(), [
      'role new_service_owner',
      'role new_service',
      'database new_service',
      'access to new_service',
    ]);
    const password = readFileSync(path.join(folder, `handed-out/${SIXTH}/${SIXTH}-password`), 'utf8');
    await assert.rejects(
      queryAt(urlOf(postgresUrl(), SIXTH, password), 'create table mine (id int)'),
      /permission denied for schema public/,
    );
    const owners = readFileSync(
      path.join(folder, `handed-out/${SIXTH}-owner/${SIXTH}-owner-password`),
      'utf8',
    );
    const owner = new URL(urlOf(postgresUrl(), SIXTH, owners));
    owner.username = 'new_service_owner';
    await queryAt(owner.href, 'create table mine (id int)');
    const [{ forSeconds } = { forSeconds: 0 }] = await queryAt<{ forSeconds: number }>(
      postgresUrl(),
      `select extract(epoch from rolvaliduntil - now())::int as "forSeconds" from pg_roles where rolname = 'new_service_owner'`,
    );
    assert.ok(forSeconds > 3_000 && forSeconds <= 3_600, `${forSeconds}`);
    await assert.rejects(
      queryAt(urlOf(postgresUrl(), SIXTH, password).replace(/\/\w+$/, '/order'), 'select 1'),
      /permission denied/,
    );
    assert.deepEqual(
      await queryAt(
        serviceDatabases()['order'] as string,
        'select oid from pg_database where datname = current_database()',
      ),
      before,
    );
    assert.deepEqual(await job(), []);
  });
});

describe("a folder's own stack that was there before the service", () => {
  let dir: string;
  let postgres: Supervised;
  after(async () => {
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('has its database from the next start on, and what the others keep stays', async () => {
    dir = temporaryStackDir('databases');
    const options = {
      dataDir: dir,
      log: path.join(dir, 'postgres.log'),
      port: await freePort(),
      maxConnections: 20,
    };
    const known = SERVICES.filter((service) => service !== 'notification');
    const first = await postgresSpec(options);
    postgres = superviseHere(first);
    await postgres.start();
    await makeDatabases(first, known);
    await queryAt(ownerUrl(first, 'order'), 'create table kept (id int)');
    await assert.rejects(queryAt(first.databases()['notification'] as string, 'select 1'));
    await postgres.stop();

    const second = await postgresSpec(options);
    postgres = superviseHere(second);
    await postgres.start();
    await makeDatabases(second);
    await queryAt(ownerUrl(second, 'notification'), 'create table mine (id int)');
    await queryAt(ownerUrl(second, 'order'), 'select from kept');

    // As a folder of an earlier release has it, whose server has taken the port since it was found free.
    await queryAt(second.url(), "alter role postgres password 'order-saga'");
    const other = await postgresSpec({ ...options, dataDir: temporaryStackDir('databases-other') });
    const stranger = superviseHere({ ...other, log: path.join(other.dataDir, 'postgres.log') });
    await assert.rejects(stranger.start(), /^StackError: postgres: port \d+ is in use/);
    await stranger.stop();
    rmSync(other.dataDir, { recursive: true, force: true });
    const asBefore = Object.assign(new URL(second.url()), { password: 'order-saga' });
    await queryAt(asBefore.href, 'select 1'); // nobody has given it another password
  });
});
