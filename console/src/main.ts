import os from 'node:os';
import { runService } from '@sagakit/service-kit/run';
import { startTelemetry } from '@sagakit/service-kit/telemetry';

// On a machine that has no more to give, orders come first: what is shown may be behind, and says so.
os.setPriority(Math.min(os.constants.priority.PRIORITY_LOW, os.getPriority() + 10));

// Telemetry first: what is imported after it can be instrumented.
const telemetry = await startTelemetry('console');
const { startConsole } = await import('./app.ts');
await runService((options) => startConsole(process.env, options), telemetry);
