/** What comes before a service consumes: its tables, its seeds, and that this release can do the work. */
import { setTimeout as delay } from 'node:timers/promises';
import { MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { inWords, isTransient } from '@sagakit/postgres/database-errors';
import { migrate } from '@sagakit/postgres/migrate';
import { retry } from '@sagakit/resilience/retry';
import type { Parts, ServiceDefinition } from './service.ts';

const COMPATIBLE_EVERY_MS = 2_000;

type StartUp = {
  signal: AbortSignal;
  /** Told what the service waits for; undefined: nothing any more. */
  onWaiting: (reason: string | undefined) => void;
};

/** True: the service may begin. False: it was stopped before that. Throws what no later attempt can mend. */
export async function startUp(
  definition: ServiceDefinition,
  parts: Parts,
  { signal, onWaiting }: StartUp,
): Promise<boolean> {
  await prepareDatabase(definition, parts, signal);
  await waitUntilCompatible(definition, parts, { signal, onWaiting });
  if (signal.aborted) return false;
  onWaiting(undefined);
  return true;
}

async function prepareDatabase(
  { config, migrations, prepare }: ServiceDefinition,
  parts: Parts,
  signal: AbortSignal,
) {
  const { log } = parts;
  const own = { folder: migrations, table: '_prisma_migrations' as const };
  await retry(
    async () => {
      const applied = await migrate(config.DATABASE_URL, [MESSAGING_MIGRATIONS, own]);
      if (applied.length > 0) log.info({ applied }, 'migrations applied');
      await prepare?.(parts);
    },
    {
      retryable: isTransient,
      backoff: { initialMs: 200, maxMs: 3_000 },
      signal,
      onRetry: (error, _attempt, waitMs) =>
        log.warn({ err: error, trouble: inWords(error), waitMs }, 'database unavailable, retrying'),
    },
  );
}

async function waitUntilCompatible(
  definition: ServiceDefinition,
  parts: Parts,
  { signal, onWaiting }: StartUp,
): Promise<void> {
  let told: string | undefined;
  while (!signal.aborted) {
    const reason = await definition
      .incompatible?.(parts)
      .catch((error: unknown) => `database: ${inWords(error)}`);
    if (!reason) return;
    if (reason !== told) parts.log.error({ reason }, 'this release cannot do the work; nothing is consumed');
    told = reason;
    onWaiting(reason);
    await delay(COMPATIBLE_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
