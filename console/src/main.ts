import { runService } from '@sagakit/service-kit/run';
import { startTelemetry } from '@sagakit/service-kit/telemetry';

// Telemetry first: what is imported after it can be instrumented.
const telemetry = await startTelemetry('console');
const { startConsole } = await import('./app.ts');
await runService((options) => startConsole(process.env, options), telemetry);
