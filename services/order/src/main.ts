import { run } from '@sagakit/service-kit/run';

await run('order', () => import('./service.ts'));
