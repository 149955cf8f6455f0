/** What comes before a service consumes: its tables, its seeds, and that this release can do the work. */
import { setTimeout as delay } from 'node:timers/promises';
import { inWords, isTransient, troubleOf } from '@sagakit/postgres/database-errors';
import { retry } from '@sagakit/resilience/retry';
import type { Parts, ServiceDefinition } from './definition.ts';
import { applyMigrations, assertMigrated, NotMigratedError } from './migrations.ts';

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
  await prepareDatabase(definition, parts, { signal, onWaiting });
  await waitUntilCompatible(definition, parts, { signal, onWaiting });
  if (signal.aborted) return false;
  onWaiting(undefined);
  return true;
}

async function prepareDatabase(definition: ServiceDefinition, parts: Parts, { signal, onWaiting }: StartUp) {
  const { config, prepare } = definition;
  const { log } = parts;
  await retry(
    async () => {
      if (config.MIGRATE_AT_START) await applyMigrations(definition, config, log);
      else await assertMigrated(definition, config);
      await prepare?.(parts);
    },
    {
      retryable: (error) => isTransient(error) || error instanceof NotMigratedError,
      backoff: { initialMs: 200, maxMs: 3_000 },
      signal,
      onRetry(error, _attempt, waitMs) {
        if (error instanceof NotMigratedError) {
          onWaiting(error.message);
          log.warn({ waitMs }, error.message);
        } else log.warn({ ...troubleOf(error), waitMs }, 'database unavailable, retrying');
      },
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
