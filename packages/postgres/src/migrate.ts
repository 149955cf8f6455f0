/**
 * Applies `migrations/<name>/migration.sql` at start. Prisma's own table and lock are used, so that `prisma
 * migrate` agrees with what was done here; its command line is not needed at run time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { connectionTo } from './connection.ts';
import { isTransient } from './database-errors.ts';
import pg from 'pg';

/** The number that Prisma Migrate locks, so that it and we exclude each other. */
const PRISMA_MIGRATE_LOCK = 72_707_369;

export class MigrationError extends Error {
  override name = 'MigrationError';
}

export type MigrationSource = {
  /** A folder of folders, each with a `migration.sql`; applied in the order of their names. */
  folder: URL;
  /** Where applied migrations are recorded. */
  table: '_prisma_migrations' | '_messaging_migrations';
};

/**
 * Applies what is missing; returns the names. Several replicas may call it at once: one works, the others
 * wait.
 */
export async function migrate(connectionString: string, sources: MigrationSource[]): Promise<string[]> {
  const client = new pg.Client(connectionTo(connectionString, { name: 'migrations' }));
  client.on('error', () => {}); // the query under way reports it
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK]);
    const applied: string[] = [];
    for (const source of sources) applied.push(...(await applyMissing(client, source)));
    return applied;
  } finally {
    await client.end();
  }
}

async function applyMissing(client: pg.Client, { folder, table }: MigrationSource): Promise<string[]> {
  await client.query(`create table if not exists ${table} (
    id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
    logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`);
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    `select migration_name, checksum from ${table} where rolled_back_at is null and finished_at is not null`,
  );
  const known = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  const applied: string[] = [];
  for (const { name, sql } of await readMigrations(folder)) {
    const checksum = createHash('sha256').update(sql).digest('hex');
    const before = known.get(name);
    if (before === checksum) continue;
    if (before !== undefined)
      throw new MigrationError(`migration ${name} was changed after it was applied; add a new one instead`);
    await applyOne(client, table, { name, sql, checksum });
    applied.push(name);
  }
  return applied;
}

async function applyOne(
  client: pg.Client,
  table: string,
  { name, sql, checksum }: { name: string; sql: string; checksum: string },
): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query(
      `insert into ${table} (id, checksum, migration_name, finished_at, applied_steps_count) values ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    if (isTransient(error)) throw error;
    throw new MigrationError(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}

async function readMigrations(folder: URL): Promise<{ name: string; sql: string }[]> {
  const entries = await readdir(fileURLToPath(folder), { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      sql: await readFile(new URL(`${name}/migration.sql`, folder), 'utf8'),
    })),
  );
}
