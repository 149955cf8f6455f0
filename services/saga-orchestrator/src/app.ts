import { type RunningService, startService } from '@order-saga/service-kit/service';
import { config as readConfig } from './config.ts';
import { expireDeadlines } from './deadlines/expire.ts';
import { withDeadline } from './engine/define-saga.ts';
import { getSagas } from './http/get-sagas.ts';
import { operateSagas } from './http/operate-sagas.ts';
import { sagaUnit } from './messages/unit.ts';
import { sagaMetrics } from './metrics.ts';
import { SAGAS } from './sagas/all.ts';
import { createReads } from './storage/reads.ts';

export function startSagaOrchestrator(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readConfig(environment);
  const deadlineMs = config.STEP_DEADLINE_MS;
  const sagas = SAGAS.map((saga) => withDeadline(saga, deadlineMs));
  const reads = createReads(config.DATABASE_URL);
  return startService(
    {
      name: 'saga-orchestrator',
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      units: ({ source, registry, pool }) => [sagaUnit(sagas, source, sagaMetrics(registry, pool))],
      endpoints: (parts) => [...getSagas(reads), ...operateSagas(parts, sagas)],
      background: ({ pool, processor, consumer, log }) => [
        expireDeadlines({ pool, processor, consumer, log, everyMs: Math.min(1_000, (deadlineMs ?? 120_000) / 4) }),
      ],
      close: () => reads.close(),
    },
    options,
  );
}
