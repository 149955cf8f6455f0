import { runService } from '@sagakit/service-kit/run';
import { startTelemetry } from '@sagakit/service-kit/telemetry';

// Telemetry first: what is imported after it can be instrumented.
const telemetry = await startTelemetry('saga-orchestrator');
const { startSagaOrchestrator } = await import('./service.ts');
await runService((options) => startSagaOrchestrator(process.env, options), telemetry);
