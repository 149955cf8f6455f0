/**
 * OpenTelemetry, started before anything else is imported (main.ts does), so that `http` can be instrumented. It runs only
 * where the standard variables name an exporter: without one spans would be made for nobody. Messages carry their trace
 * context all the same (packages/messaging/trace.ts).
 */

export type Telemetry = { stop(): Promise<void> };

/** True if the standard `OTEL_*` variables ask for traces. */
export function tracesWanted(environment: NodeJS.ProcessEnv): boolean {
  if (environment['OTEL_SDK_DISABLED'] === 'true' || environment['OTEL_TRACES_EXPORTER'] === 'none') return false;
  return Boolean(
    environment['OTEL_TRACES_EXPORTER'] ||
    environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ||
    environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
  );
}

export async function startTelemetry(service: string, environment: NodeJS.ProcessEnv = process.env): Promise<Telemetry> {
  if (!tracesWanted(environment)) return { stop: async () => {} };
  environment['OTEL_SERVICE_NAME'] ??= service;
  environment['OTEL_METRICS_EXPORTER'] ??= 'none'; // Prometheus scrapes /metrics
  environment['OTEL_LOGS_EXPORTER'] ??= 'none';
  environment['OTEL_TRACES_EXPORTER'] ??= 'otlp';
  environment['OTEL_EXPORTER_OTLP_PROTOCOL'] ??= 'http/protobuf';
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
  const quiet = /^\/(health|metrics)/;
  const sdk = new NodeSDK({
    instrumentations: [
      new HttpInstrumentation({
        // Calls to the outside are effects and have spans of their own.
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: ({ url }) => quiet.test(url ?? ''),
      }),
    ],
  });
  sdk.start();
  return { stop: () => sdk.shutdown() };
}
