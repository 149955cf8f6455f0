/**
 * What the job `databases` makes, and makes good, of a real server: its own roles and databases have random
 * names and are gone afterwards.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { postgresUrl } from '@sagakit/testing/infrastructure';
import pg from 'pg';
import { createDatabases, type Working } from '../src/databases.ts';

describe('roles and databases', () => {
  let admin: pg.Client;
  const made: string[] = [];
  let owner: Working;

  const connected = async (url: URL | string) => {
    const client = new pg.Client({ connectionString: String(url) });
    await client.connect();
    return client;
  };
  before(async () => {
    admin = await connected(postgresUrl());
  });
  beforeEach(() => {
    owner = { role: `made-${randomUUID()}`, password: `it's \\ "quoted" ${randomUUID()}` };
    made.push(owner.role);
  });
  after(async () => {
    for (const role of made.map((name) => pg.escapeIdentifier(name))) {
      await admin.query(`drop database if exists ${role} with (force)`);
      await admin.query(`drop role if exists ${role}`);
    }
    await admin.end();
  });

  /** As the service would: with its password, to make its own tables. */
  async function comesIn({ role, password }: Working, database = role): Promise<void> {
    const url = new URL(postgresUrl());
    const client = await connected(
      Object.assign(url, {
        username: encodeURIComponent(role),
        password: encodeURIComponent(password),
        pathname: `/${encodeURIComponent(database)}`,
      }),
    );
    try {
      await client.query('create table if not exists mine (id int)');
    } finally {
      await client.end();
    }
  }

  it('are made where nothing is, and then there is nothing to do', async () => {
    const done = await createDatabases(admin, postgresUrl(), [owner]);
    assert.deepEqual(done, [`role ${owner.role}`, `database ${owner.role}`, `access to ${owner.role}`]);
    await comesIn(owner);
    assert.deepEqual(await createDatabases(admin, postgresUrl(), [owner]), []);
    await comesIn(owner);
  });

  it('are made good where they are there by halves: as who was interrupted, or somebody, left them', async () => {
    const name = pg.escapeIdentifier(owner.role);
    await admin.query(
      `create role ${name} nologin superuser createdb createrole replication bypassrls connection limit 0 password 'old' valid until '2001-01-01'`,
    );
    await admin.query(`create database ${name} connection limit 0`);
    await admin.query(`alter database ${name} allow_connections false`);
    assert.deepEqual(await createDatabases(admin, postgresUrl(), [owner]), [`access to ${owner.role}`]);
    await comesIn(owner);
    const { rows } = await admin.query(
      `select from pg_roles where rolname = $1
         and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)`,
      [owner.role],
    );
    assert.equal(rows.length, 0, 'it may do more than work');
    assert.deepEqual(await createDatabases(admin, postgresUrl(), [owner]), []);
  });

  it('take a new password at any time', async () => {
    await createDatabases(admin, postgresUrl(), [owner]);
    const changed = { ...owner, password: 'another' };
    await createDatabases(admin, postgresUrl(), [changed]);
    await comesIn(changed);
    await assert.rejects(comesIn(owner), { code: '28P01' });
  });

  it('have an owner whose password is of no use after its time', async () => {
    const tables = { role: `made-${randomUUID()}`, password: 'x' };
    made.push(tables.role);
    const validFor = (validForS: number) =>
      createDatabases(admin, postgresUrl(), [{ ...owner, owner: { ...tables, validForS } }]);
    await validFor(60);
    await comesIn(tables, owner.role);
    await validFor(-60);
    await assert.rejects(comesIn(tables, owner.role), { code: '28P01' });
  });

  it("are each its owner's alone", async () => {
    const other = { role: `made-${randomUUID()}`, password: 'x' };
    made.push(other.role);
    await createDatabases(admin, postgresUrl(), [owner, other]);
    await assert.rejects(comesIn(other, owner.role), { code: '42501' });
    await admin.query(`grant connect on database ${pg.escapeIdentifier(owner.role)} to public`);
    assert.deepEqual(await createDatabases(admin, postgresUrl(), [owner, other]), [
      `access to ${owner.role}`,
    ]);
    await assert.rejects(comesIn(other, owner.role), { code: '42501' });
    await admin.query('grant connect on database postgres to public');
    const done = await createDatabases(admin, postgresUrl(), [owner, other]);
    assert.deepEqual(done, ['access to postgres'], "the server's own is nobody's");
    await assert.rejects(comesIn(other, 'postgres'), { code: '42501' });
  });

  it('are made by two jobs at once', async () => {
    const second = await connected(postgresUrl());
    const done = await Promise.all([
      createDatabases(admin, postgresUrl(), [owner]),
      createDatabases(second, postgresUrl(), [owner]),
    ]);
    await second.end();
    assert.deepEqual(done.map(({ length }) => length).sort(), [0, 3]);
    await comesIn(owner);
  });
});
