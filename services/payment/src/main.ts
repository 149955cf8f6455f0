import { run } from '@sagakit/service-kit/run';

await run('payment', () => import('./service.ts'));
