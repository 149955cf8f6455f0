import { run } from '@sagakit/service-kit/run';

await run('inventory', () => import('./service.ts'));
