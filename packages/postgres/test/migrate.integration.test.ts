import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { freshDatabase, serviceDatabases } from '@sagakit/testing/infrastructure';
import pg from 'pg';
import { MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { migrate, type MigrationSource } from '../src/migrate.ts';

let folder: string;
let source: MigrationSource;
const write = (name: string, sql: string) => {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, 'migration.sql'), sql);
};

describe('migrations', () => {
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
    source = { folder: pathToFileURL(`${folder}/`), table: '_prisma_migrations' };
    write('1_first', 'create table a (x int); create table b (y int);');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are applied once, however many replicas start at once, and recorded as Prisma does', async () => {
    const database = await freshDatabase();
    const applied = await Promise.all(
      Array.from({ length: 5 }, () => migrate(database.url, [MESSAGING_MIGRATIONS, source])),
    );
    assert.deepEqual(applied.flatMap((one) => one.applied).sort(), [
      '0001_messaging',
      '0002_raise_if_stale',
      '0003_inbox_by_age',
      '0004_blocked_keys',
      '0005_effects_begun',
      '0006_headers_as_received',
      '0007_erasures',
      '0008_dead_letters_by_key',
      '1_first',
    ]);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      'select migration_name, applied_steps_count, length(checksum) as checksum, finished_at is not null as finished, rolled_back_at from _prisma_migrations',
    );
    assert.deepEqual(rows, [
      {
        migration_name: '1_first',
        applied_steps_count: 1,
        checksum: 64,
        finished: true,
        rolled_back_at: null,
      },
    ]);
    await client.end();
    await database.drop();
  });

  it('that were changed after they were applied are refused, in words', async () => {
    const database = await freshDatabase();
    await migrate(database.url, [source]);
    write('1_first', 'create table c (x int);');
    await assert.rejects(migrate(database.url, [source]), /1_first was changed after it was applied/);
    await database.drop();
  });

  it('that fail leave nothing half done', async () => {
    const database = await freshDatabase();
    write('1_first', 'create table a (x int);');
    write('2_bad', 'create table d (x int); create table a (x int);');
    await assert.rejects(
      migrate(database.url, [source]),
      /migration 2_bad failed: relation "a" already exists/,
    );
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['_prisma_migrations', 'a'],
    );
    await client.end();
    await database.drop();
  });
});

describe('a service', () => {
  it('can reach its own database only', async () => {
    const databases = serviceDatabases();
    for (const [service, url] of Object.entries(databases)) {
      const own = new pg.Client({ connectionString: url });
      await own.connect();
      await own.query('select 1');
      await own.end();
      for (const other of Object.keys(databases).filter((name) => name !== service)) {
        const foreign = new pg.Client({
          connectionString: url.replace(/\/[^/]*$/, `/${other.replaceAll('-', '_')}`),
        });
        await assert.rejects(
          foreign.connect(),
          /permission denied for database/,
          `${service} reaches ${other}`,
        );
      }
    }
  });
});
