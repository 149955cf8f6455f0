/**
 * Applies `migrations/<name>/migration.sql` at start. Prisma's own table and lock are used, so that `prisma
 * migrate` agrees with what was done here; its command line is not needed at run time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Address, connectionTo } from './connection.ts';
import { isTransient, NoConnectionError } from './database-errors.ts';
import { grantRights } from './rights.ts';
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

/** Whom the owner of the tables lets work with them, and what with. */
export type Worker = { role: string; appendOnly: readonly string[] };

export type Migrated = {
  /** The names of what was missing. */
  applied: string[];
  /** The tables and sequences on which the working role now has other rights. */
  granted: string[];
};

/**
 * Applies what is missing, and gives the working role its rights. Several replicas may call it at once: one
 * works, the others wait.
 *
 * @param address of the owner of the tables
 * @param worker left out, or the owner itself: one role does both
 */
export async function migrate(
  address: Address,
  sources: readonly MigrationSource[],
  worker?: Worker,
): Promise<Migrated> {
  return connected(address, async (client) => {
    await client.query('select pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK]);
    const applied: string[] = [];
    for (const source of sources) applied.push(...(await applyMissing(client, source)));
    if (!worker || worker.role === client.user) return { applied, granted: [] };
    const { role, appendOnly } = worker;
    const readOnly = sources.map(({ table }) => table);
    return { applied, granted: await grantRights(client, role, { appendOnly, readOnly }) };
  });
}

/** What a `migrate` would apply. For the working role, which only looks. Throws as `migrate` does. */
export async function missingMigrations(
  address: Address,
  sources: readonly MigrationSource[],
): Promise<string[]> {
  return connected(address, async (client) => {
    const missing: string[] = [];
    for (const { folder, table } of sources) {
      const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
        table,
      ]);
      const known = rows[0]?.there ? await appliedIn(client, table) : new Map<string, string>();
      missing.push(...notAppliedOf(await readMigrations(folder), known).map(({ name }) => name));
    }
    return missing;
  });
}

async function connected<T>(address: Address, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionTo(address, { name: 'migrations' }));
  client.on('error', () => {}); // the query under way reports it
  await client.connect().catch((cause: Error) => {
    throw new NoConnectionError(cause.message, { cause });
  });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function applyMissing(client: pg.Client, { folder, table }: MigrationSource): Promise<string[]> {
  await client.query(`create table if not exists ${table} (
    id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
    logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`);
  const missing = notAppliedOf(await readMigrations(folder), await appliedIn(client, table));
  for (const migration of missing) await applyOne(client, table, migration);
  return missing.map(({ name }) => name);
}

/** By name, with the checksum that it had. */
async function appliedIn(client: pg.Client, table: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    `select migration_name, checksum from ${table} where rolled_back_at is null and finished_at is not null`,
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

type Migration = { name: string; sql: string; checksum: string };

function notAppliedOf(migrations: readonly Migration[], known: ReadonlyMap<string, string>): Migration[] {
  return migrations.filter(({ name, checksum }) => {
    const before = known.get(name);
    if (before !== undefined && before !== checksum)
      throw new MigrationError(`migration ${name} was changed after it was applied; add a new one instead`);
    return before === undefined;
  });
}

async function applyOne(client: pg.Client, table: string, { name, sql, checksum }: Migration): Promise<void> {
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

async function readMigrations(folder: URL): Promise<Migration[]> {
  const entries = await readdir(fileURLToPath(folder), { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
