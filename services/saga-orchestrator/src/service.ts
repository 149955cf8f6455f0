import { OPERATORS } from '@order-saga/contracts/access';
import { catalogue as messages } from '@order-saga/contracts/catalogue';
import { defineSagaService } from '@sagakit/saga/service';
import { RELEASE } from './sagas/all.ts';
import { Settings } from './settings.ts';

/** It is its sagas, and nothing else. */
export const sagaOrchestrator = (release = RELEASE, catalogue = messages) =>
  defineSagaService({
    name: 'saga-orchestrator',
    catalogue,
    operators: OPERATORS,
    settings: Settings,
    migrations: new URL('../prisma/migrations/', import.meta.url),
    release,
    deadlineMs: ({ STEP_DEADLINE_MS }) => STEP_DEADLINE_MS,
  });

export const service = sagaOrchestrator();
