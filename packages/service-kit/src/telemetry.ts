/**
 * OpenTelemetry, started before anything else is imported (main.ts does), so that `http` can be instrumented.
 * It runs only where the standard variables name an exporter: without one spans would be made for nobody.
 * Messages carry their trace context all the same (packages/messaging/src/trace.ts).
 */

import type { Span } from '@opentelemetry/api';

export type Telemetry = { stop(): Promise<void> };

/**
 * The specification says that an empty variable is as if it were not set, and that case and spaces do not
 * count.
 */
const valueOf = (environment: NodeJS.ProcessEnv, name: string) => environment[name]?.trim() || undefined;

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/**
 * True if the standard `OTEL_*` variables ask for traces. An empty endpoint asks for none, also where the
 * OTLP exporter is named.
 */
export function tracesWanted(environment: NodeJS.ProcessEnv): boolean {
  if (valueOf(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return false;
  const named = valueOf(environment, 'OTEL_TRACES_EXPORTER')?.toLowerCase().split(',') ?? [];
  const exporters = named.map((name) => name.trim()).filter((name) => name !== '');
  if (exporters.includes('none')) return false;
  if (exporters.some((name) => name !== 'otlp')) return true;
  if (ENDPOINTS.some((name) => valueOf(environment, name))) return true;
  return exporters.length > 0 && ENDPOINTS.every((name) => environment[name] === undefined);
}

const NOT_STARTED: Telemetry = { stop: async () => {} };

/** A setting that the SDK cannot use costs the traces, not the service. */
export async function startTelemetry(
  service: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Telemetry> {
  if (!tracesWanted(environment)) return NOT_STARTED;
  try {
    return await startSdk(service, environment);
  } catch (error) {
    console.error(`no traces: the OTEL_* variables cannot be used: ${(error as Error).message}`);
    return NOT_STARTED;
  }
}

async function startSdk(service: string, environment: NodeJS.ProcessEnv): Promise<Telemetry> {
  environment['OTEL_SERVICE_NAME'] ||= service;
  environment['OTEL_METRICS_EXPORTER'] ||= 'none'; // Prometheus scrapes /metrics
  environment['OTEL_LOGS_EXPORTER'] ||= 'none';
  environment['OTEL_TRACES_EXPORTER'] ||= 'otlp';
  environment['OTEL_EXPORTER_OTLP_PROTOCOL'] ||= 'http/protobuf';
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
  const quiet = /^\/(health|metrics)/;
  const sdk = new NodeSDK({
    instrumentations: [
      new HttpInstrumentation({
        // Calls to the outside are effects and have spans of their own.
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: ({ url }) => quiet.test(url ?? ''),
        startIncomingSpanHook: (request) => queryOf(request),
        applyCustomAttributesOnSpan: nameByRoute,
      }),
    ],
  });
  sdk.start();
  return { stop: () => sdk.shutdown() };
}

/**
 * Of a query only what was asked with: `?name=…&limit=…`. Whom somebody looked for is not for every reader of
 * traces.
 */
export function queryOf({ url = '' }: { url?: string | undefined }): { 'url.query'?: string } {
  const at = url.indexOf('?');
  if (at < 0) return {};
  const asked = [...new URLSearchParams(url.slice(at))].filter(
    ([name, value]) => /^\w+$/.test(name) && value !== '',
  );
  return { 'url.query': [...new Set(asked.map(([name]) => `${name}=…`))].join('&') };
}

/**
 * `GET /bookings/:bookingId`: what Express found, once the answer is given. Nobody can make up new names: an
 * unknown path has none.
 */
export function nameByRoute(
  span: Pick<Span, 'setAttribute' | 'updateName'>,
  request: { method?: string | undefined },
): void {
  const { path } = (request as { route?: { path?: string } }).route ?? {};
  if (path === undefined) return;
  span.setAttribute('http.route', path);
  span.updateName(`${request.method} ${path}`);
}
