/**
 * A service's tables: made and changed by the role that owns them, in a job of its own or when the service
 * starts. The role that works gets its rights there, and could not make a table if it tried.
 */
import { MESSAGING_APPEND_ONLY, MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { isTransient, troubleOf } from '@sagakit/postgres/database-errors';
import { migrate, missingMigrations, type MigrationSource } from '@sagakit/postgres/migrate';
import { retry } from '@sagakit/resilience/retry';
import type { Logger } from 'pino';
import { DatabaseConfig, databaseOf, LogLevel, ownersDatabaseOf, readConfig } from './config.ts';
import { createLog } from './logging.ts';

export type Tables = {
  /** The folder of the service's migrations. */
  migrations: URL;
  /** Those that only grow: the role that works may not change or delete what they hold. */
  appendOnly?: readonly string[];
};

/** What somebody else applies is not there yet. */
export class NotMigratedError extends Error {
  override name = 'NotMigratedError';
}

const sourcesOf = ({ migrations }: Tables): MigrationSource[] => [
  MESSAGING_MIGRATIONS,
  { folder: migrations, table: '_prisma_migrations' },
];

/** As the owner. Throws what `migrate` throws. */
export async function applyMigrations(tables: Tables, config: DatabaseConfig, log: Logger): Promise<void> {
  const role = decodeURIComponent(new URL(config.DATABASE_URL).username);
  const appendOnly = [...MESSAGING_APPEND_ONLY, ...(tables.appendOnly ?? [])];
  const owner = ownersDatabaseOf(config);
  const { applied, granted } = await migrate(owner, sourcesOf(tables), { role, appendOnly });
  if (applied.length > 0) log.info({ applied }, 'migrations applied');
  if (granted.length > 0) log.info({ role, granted }, 'rights of the working role made good');
}

/** Throws a NotMigratedError as long as something is missing. */
export async function assertMigrated(tables: Tables, config: DatabaseConfig): Promise<void> {
  const missing = await missingMigrations(databaseOf(config), sourcesOf(tables));
  if (missing.length > 0) throw new NotMigratedError(`not migrated yet: ${missing.join(', ')}`);
}

const JobConfig = DatabaseConfig.extend({ LOG_LEVEL: LogLevel.default('info') });
const TRY_FOR_MS = 60_000;

/** The job. Tries for a minute while the database is away; throws what keeps it from being done. */
export async function migrateOnce(
  service: string,
  tables: Tables,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const config = readConfig(JobConfig, environment);
  const log = createLog({ service, instance: 'migrations', level: config.LOG_LEVEL });
  await retry(() => applyMigrations(tables, config, log), {
    retryable: isTransient,
    backoff: { initialMs: 200, maxMs: 2_000 },
    signal: AbortSignal.timeout(TRY_FOR_MS),
    onRetry: (error, _attempt, waitMs) =>
      log.warn({ ...troubleOf(error), waitMs }, 'database unavailable, retrying'),
  });
  log.info({}, 'the database is as this release needs it');
}
