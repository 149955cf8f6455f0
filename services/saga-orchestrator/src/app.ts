import { catalogue as messages } from '@order-saga/contracts/catalogue';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { type RunningService, startService } from '@sagakit/service-kit/service';
import { readSettings } from '@sagakit/service-kit/config';
import { Settings } from './settings.ts';
import { expireDeadlines } from '@sagakit/saga/deadlines';
import { withDeadline } from '@sagakit/saga/define';
import { getDefinitions } from './http/get-definitions.ts';
import { getSagas } from './http/get-sagas.ts';
import { operateSagas } from './http/operate-sagas.ts';
import { sagaAggregate } from '@sagakit/saga/runner/unit';
import { sagaMetrics } from '@sagakit/saga/metrics';
import { definitionsOf, nameOf, type Release } from '@sagakit/saga/release';
import { RELEASE } from './sagas/all.ts';
import { liveVersions } from '@sagakit/saga/runner/sagas-table';
import { createReads } from './storage/reads.ts';

export function startSagaOrchestrator(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
  release: Release = RELEASE,
  catalogue: Catalogue = messages,
): Promise<RunningService> {
  const config = readSettings(Settings, environment);
  const deadlineMs = config.STEP_DEADLINE_MS;
  const definitions = definitionsOf({
    subject: release.subject,
    started: release.started.map((saga) => withDeadline(saga, deadlineMs)),
    alsoRunning: release.alsoRunning.map((saga) => withDeadline(saga, deadlineMs)),
  });
  const known = new Set(definitions.all.map(nameOf));
  return startService(
    {
      name: 'saga-orchestrator',
      catalogue,
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      aggregates: ({ writer, registry, pool }) => [
        sagaAggregate(definitions, writer, sagaMetrics(writer.catalogue, registry, pool, definitions.subject)),
      ],
      endpoints: (parts) => [
        getDefinitions(definitions),
        ...getSagas(createReads(parts.readPool), definitions),
        ...operateSagas(parts, definitions),
      ],
      background: ({ pool, processor, consumer, log }) => [
        expireDeadlines({
          subject: definitions.subject,
          pool,
          processor,
          consumer,
          log,
          everyMs: Math.min(1_000, (deadlineMs ?? 120_000) / 4),
        }),
      ],
      // Sagas of another release are left alone: not one of their messages is taken, so that a replica that knows them gets all.
      async incompatible({ pool }) {
        const unknown = (await liveVersions(pool)).filter((saga) => !known.has(nameOf(saga)));
        if (unknown.length === 0) return undefined;
        return `this release does not have ${unknown.map((saga) => `${nameOf(saga)} (${saga.live} live)`).join(', ')}`;
      },
    },
    options,
  );
}
