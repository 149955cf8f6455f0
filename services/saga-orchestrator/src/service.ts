import { OPERATORS } from '@order-saga/contracts/access';
import { catalogue as messages } from '@order-saga/contracts/catalogue';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Release } from '@sagakit/saga/release';
import { runsSagas, SAGA_APPEND_ONLY } from '@sagakit/saga/service';
import { migrateOnce } from '@sagakit/service-kit/migrations';
import { type RunningService, startService } from '@sagakit/service-kit/service';
import { readSettings } from '@sagakit/service-kit/config';
import { RELEASE } from './sagas/all.ts';
import { Settings } from './settings.ts';

const name = 'saga-orchestrator';
const migrations = new URL('../prisma/migrations/', import.meta.url);

export function startSagaOrchestrator(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
  release: Release = RELEASE,
  catalogue: Catalogue = messages,
): Promise<RunningService> {
  const config = readSettings(environment, Settings);
  return startService(
    {
      name,
      catalogue,
      config,
      migrations,
      ...runsSagas(release, { operators: OPERATORS, deadlineMs: config.STEP_DEADLINE_MS }),
    },
    options,
  );
}

export const service = {
  start: (environment: NodeJS.ProcessEnv, options: { onDead: (error: Error) => void }) =>
    startSagaOrchestrator(environment, options),
  migrate: (environment: NodeJS.ProcessEnv) =>
    migrateOnce(name, { migrations, appendOnly: SAGA_APPEND_ONLY }, environment),
};
