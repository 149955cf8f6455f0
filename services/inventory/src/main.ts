import { runService } from '@sagakit/service-kit/run';
import { startTelemetry } from '@sagakit/service-kit/telemetry';

// Telemetry first: what is imported after it can be instrumented.
const telemetry = await startTelemetry('inventory');
const { startInventory } = await import('./app.ts');
await runService((options) => startInventory(process.env, options), telemetry);
