/**
 * What the working role of each service may do in its own database and in everybody else's, tried with a real
 * connection: what a thief of its password could. The databases are those of the release before (one role
 * owned all), as they are made good.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { MESSAGING_APPEND_ONLY, MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { migrate } from '@sagakit/postgres/migrate';
import { createDatabases, inDatabase, ownerOf, roleOf, type Working } from '@sagakit/service-kit/databases';
import { connectedTo } from '@sagakit/testing/connected';
import { postgresUrl } from '@sagakit/testing/infrastructure';
import pg from 'pg';

const RUN = randomUUID().slice(0, 8);
const password = `a/b:c@d ${RUN}`;
const roleFor = (service: ServiceName) => `t${RUN}_${roleOf(service)}`;
const NO_RIGHT = '42501';

/** What only grows, by service, beside what only grows in each. */
const APPEND_ONLY: Partial<Record<ServiceName, string[]>> = {
  order: ['order_events'],
  'saga-orchestrator': ['operator_actions'],
};
const appendOnlyOf = (service: ServiceName) => [...MESSAGING_APPEND_ONLY, ...(APPEND_ONLY[service] ?? [])];

function urlAs(role: string, database: string): string {
  const url = new URL(inDatabase(postgresUrl(), database));
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}
const worksAt = (service: ServiceName, database = roleFor(service)) => urlAs(roleFor(service), database);
const environmentOf = (service: ServiceName) => ({
  DATABASE_URL: worksAt(service),
  DATABASE_OWNER_URL: urlAs(ownerOf(roleFor(service)), roleFor(service)),
  LOG_LEVEL: 'silent',
});
const working: Working[] = SERVICES.map((service) => ({
  role: roleFor(service),
  password,
  owner: { role: ownerOf(roleFor(service)), password },
}));

const asAdmin = <T>(work: (client: pg.Client) => Promise<T>) => connectedTo(postgresUrl(), work);
const made = () => asAdmin((client) => createDatabases(client, postgresUrl(), working));

const migrationsOf = (service: ServiceName) =>
  new URL(`../../services/${service}/prisma/migrations/`, import.meta.url);
type Migrating = { service: { migrate(environment: NodeJS.ProcessEnv): Promise<void> } };
async function migrated(service: ServiceName): Promise<void> {
  const declared = (await import(`../../services/${service}/src/service.ts`)) as Migrating;
  await declared.service.migrate(environmentOf(service));
}

/** One role that owns its database and made its tables itself, at start. */
async function asTheReleaseBefore(service: ServiceName): Promise<void> {
  const role = roleFor(service);
  await asAdmin(async (client) => {
    await client.query(`create role ${role} login password ${pg.escapeLiteral(password)}`);
    await client.query(`create database ${role} owner ${role}`);
    await client.query(`revoke all on database ${role} from public`);
  });
  const own = { folder: migrationsOf(service), table: '_prisma_migrations' as const };
  await migrate(worksAt(service), [MESSAGING_MIGRATIONS, own]);
}

const EVENT = `insert into order_events values ('01900000-0000-7000-8000-000000000000', 1, 'm', 'OrderPlaced', '{}', now())`;

describe('databases of the release before', () => {
  before(async () => {
    for (const service of SERVICES) await asTheReleaseBefore(service);
    await connectedTo(worksAt('order'), (client) => client.query(EVENT));
  });

  it('get an owner, in one step for those who work meanwhile, and then there is nothing to do', async () => {
    const atWork = new pg.Client({ connectionString: worksAt('order') });
    await atWork.connect();
    const done = await made();
    for (const service of SERVICES) {
      assert.ok(done.includes(`role ${ownerOf(roleFor(service))}`), done.join('\n'));
      assert.ok(done.includes(`owner of what is in ${roleFor(service)}`), done.join('\n'));
    }
    assert.deepEqual(await made(), []);
    // A connection of the release before goes on, with all that it could.
    await atWork.query('delete from order_events');
    await atWork.query(EVENT);
    await atWork.end();
  });

  it('are migrated by that owner, which says what only grows; what they held is still there', async () => {
    for (const service of SERVICES) await migrated(service);
    const { rows } = await connectedTo(worksAt('order'), (client) => client.query('table order_events'));
    assert.equal(rows.length, 1);
    assert.deepEqual(await made(), [], 'the job of the next start finds nothing to do');
    await assert.rejects(
      connectedTo(worksAt('order'), (client) => client.query('delete from order_events')),
      { code: NO_RIGHT },
      'and gives back nothing that a migration took',
    );
  });
});

for (const service of SERVICES) {
  describe(`the working role of ${service}`, () => {
    let client: pg.Client;
    let tables: string[];
    before(async () => {
      client = new pg.Client({ connectionString: worksAt(service) });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(
        `select relname as name from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
      );
      tables = rows.map(({ name }) => name);
    });
    after(() => client.end());

    const refused = (text: string) =>
      assert.rejects(client.query(text), (error: { code?: string }) => {
        assert.equal(error.code, NO_RIGHT, `${text}: ${String(error)}`);
        return true;
      });

    it('empties, alters and drops none of its tables, and takes over none', async () => {
      assert.ok(tables.length > 8, tables.join());
      for (const table of tables) {
        await refused(`truncate ${table}`);
        await refused(`alter table ${table} add column x int`);
        await refused(`alter table ${table} disable trigger all`);
        await refused(`alter table ${table} owner to ${roleFor(service)}`);
        await refused(`create index on ${table} ((1))`);
        await refused(`create trigger t after insert on ${table} execute function raise_if_stale()`);
        await refused(`drop table ${table}`);
      }
    });

    it('changes and deletes nothing of what only grows, and nothing of what was migrated', async () => {
      for (const table of [...appendOnlyOf(service), '_prisma_migrations', '_messaging_migrations']) {
        const { rows } = await client.query<{ name: string }>(
          `select attname as name from pg_attribute where attrelid = $1::regclass and attnum = 1`,
          [table],
        );
        await refused(`update ${table} set ${rows[0]?.name} = ${rows[0]?.name}`);
        await refused(`delete from ${table}`);
        await refused(`select * from ${table} for update`);
        await refused(`merge into ${table} t using (select 1) s on true when matched then delete`);
      }
      await refused(`insert into _prisma_migrations (id, checksum, migration_name) values ('1', '', '')`);
    });

    it('has its rights on rows', async () => {
      const kept = new Set([...appendOnlyOf(service), '_prisma_migrations', '_messaging_migrations']);
      for (const table of tables.filter((name) => !kept.has(name)))
        await client.query(`begin; delete from ${table}; rollback`);
      for (const table of tables) await client.query(`select from ${table} limit 1`);
    });

    it('makes nothing of its own', async () => {
      for (const text of [
        'create table mine (id int)',
        'create temporary table mine (id int)',
        'create table mine as select 1',
        'create view mine as select 1',
        'create sequence mine',
        'create schema mine',
        'create function mine() returns int language sql return 1',
        'create or replace function raise_if_stale(saved bigint, expected integer) returns void language sql as $$ select $$',
        'create extension dblink',
        'create publication mine',
        'create role mine',
        'create database mine',
      ])
        await refused(text);
    });

    it("is nobody else, and gets at nothing of the server's", async () => {
      for (const text of [
        `set role ${ownerOf(roleFor(service))}`,
        `set role postgres`,
        `alter role ${ownerOf(roleFor(service))} password 'x'`,
        `alter role ${roleFor(service)} superuser`,
        `alter database ${roleFor(service)} owner to ${roleFor(service)}`,
        `grant ${ownerOf(roleFor(service))} to ${roleFor(service)}`,
        'select rolpassword from pg_authid',
        `select pg_read_file('/etc/passwd')`,
        `copy (select 1) to program 'true'`,
        'alter system set log_statement = none',
        'set session_replication_role = replica',
      ])
        await refused(text);
    });

    it("does not come into anybody else's database, nor into the server's own", async () => {
      const others = SERVICES.filter((other) => other !== service).map(roleFor);
      for (const database of [...others, 'postgres', 'template1'])
        await assert.rejects(
          connectedTo(worksAt(service, database), (foreign) => foreign.query('select 1')),
          { code: NO_RIGHT },
          database,
        );
    });
  });
}

after(() =>
  asAdmin(async (client) => {
    for (const { role } of working) {
      await client.query(`drop database if exists ${role} with (force)`);
      await client.query(`drop role if exists ${role}`);
      await client.query(`drop role if exists ${ownerOf(role)}`);
    }
  }),
);
