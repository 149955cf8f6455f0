/** A password that is changed while a pool is in use. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freshDatabase, postgresUrl } from '@sagakit/testing/infrastructure';
import pg, { type Pool } from 'pg';
import { pino } from 'pino';
import { isTransient } from '../src/database-errors.ts';
import { createPool } from '../src/pool.ts';

describe('a password in a file', () => {
  const role = `rotated_${randomUUID().slice(0, 8)}`;
  let folder: string;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let admin: pg.Client;
  let pool: Pool;
  const inFile = (password: string) => writeFileSync(path.join(folder, 'password'), `${password}\n`);
  const inServer = (password: string) => admin.query(`alter role ${role} login password '${password}'`);
  const endConnections = () =>
    admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'password-'));
    database = await freshDatabase();
    admin = new pg.Client({ connectionString: postgresUrl() });
    await admin.connect();
    await admin.query(`create role ${role}`);
    const url = Object.assign(new URL(database.url), { username: role, password: 'of no use' });
    const address = { url: url.href, passwordFile: path.join(folder, 'password') };
    pool = createPool({ address, service: 'test', max: 2 }, pino({ level: 'silent' }));
  });
  after(async () => {
    await pool.end();
    await database.drop();
    await admin.query(`drop role ${role}`);
    await admin.end();
    rmSync(folder, { recursive: true });
  });

  it('counts more than one in the address', async () => {
    await inServer('the first');
    inFile('the first');
    await pool.query('select 1');
  });

  it('is read anew by each connection: what is refused with the old one goes with the new one', async () => {
    await inServer('the second');
    await pool.query('select 1'); // who is in stays in
    await endConnections();
    await assert.rejects(pool.query('select 1'), (error) => isTransient(error));
    inFile('the second');
    await pool.query('select 1');
  });

  it('is tried again where its file is away for a moment', async () => {
    await endConnections();
    rmSync(path.join(folder, 'password'));
    await assert.rejects(pool.query('select 1'), (error) => isTransient(error));
    inFile('the second');
    await pool.query('select 1');
  });
});
