import { runService } from '@order-saga/service-kit/run';
import { startTelemetry } from '@order-saga/service-kit/telemetry';

// Telemetry first: what is imported after it can be instrumented.
const telemetry = await startTelemetry('notification');
const { startNotification } = await import('./app.ts');
await runService((options) => startNotification(process.env, options), telemetry);
