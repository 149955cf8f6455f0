import { run } from '@sagakit/service-kit/run';

await run('saga-orchestrator', () => import('./service.ts'));
