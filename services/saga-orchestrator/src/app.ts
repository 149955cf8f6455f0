import { type RunningService, startService } from '@order-saga/service-kit/service';
import { config as readConfig } from './config.ts';
import { expireDeadlines } from './deadlines/expire.ts';
import { withDeadline } from './engine/define-saga.ts';
import { getSagas } from './http/get-sagas.ts';
import { operateSagas } from './http/operate-sagas.ts';
import { sagaUnit } from './messages/unit.ts';
import { sagaMetrics } from './metrics.ts';
import { definitionsOf, nameOf, type Release } from './engine/release.ts';
import { RELEASE } from './sagas/all.ts';
import { liveVersions } from './storage/sagas.ts';
import { createReads } from './storage/reads.ts';

export function startSagaOrchestrator(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
  release: Release = RELEASE,
): Promise<RunningService> {
  const config = readConfig(environment);
  const deadlineMs = config.STEP_DEADLINE_MS;
  const definitions = definitionsOf({
    started: release.started.map((saga) => withDeadline(saga, deadlineMs)),
    alsoRunning: release.alsoRunning.map((saga) => withDeadline(saga, deadlineMs)),
  });
  const known = new Set(definitions.all.map(nameOf));
  return startService(
    {
      name: 'saga-orchestrator',
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      units: ({ source, registry, pool }) => [sagaUnit(definitions, source, sagaMetrics(registry, pool))],
      endpoints: (parts) => [...getSagas(createReads(parts.readPool), definitions), ...operateSagas(parts, definitions)],
      background: ({ pool, processor, consumer, log }) => [
        expireDeadlines({ pool, processor, consumer, log, everyMs: Math.min(1_000, (deadlineMs ?? 120_000) / 4) }),
      ],
      // Sagas of another release are left alone: not one of their messages is taken, so that a replica that knows them gets all.
      async unfit({ pool }) {
        const unknown = (await liveVersions(pool)).filter((saga) => !known.has(nameOf(saga)));
        if (unknown.length === 0) return undefined;
        return `this release does not have ${unknown.map((saga) => `${nameOf(saga)} (${saga.live} live)`).join(', ')}`;
      },
    },
    options,
  );
}
