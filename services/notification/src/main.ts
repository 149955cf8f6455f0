import { run } from '@sagakit/service-kit/run';

await run('notification', () => import('./service.ts'));
