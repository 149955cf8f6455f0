/**
 * The spans of a trace, from wherever the stack tells its traces to: our own receiver, or the Jaeger of the
 * containers.
 */
import { urlOf } from '../../tools/stack/state.ts';
import { stack } from './story.ts';
import type { Span } from './trace-receiver.ts';

export async function spansOf(traceId: string): Promise<Span[]> {
  if (stack().compose) return askJaeger(`/${traceId}`);
  return (await (await fetch(`${process.env['TRACES_URL']}/traces/${traceId}`)).json()) as Span[];
}

/** The newest spans of that name, from whatever traces. */
export async function spansNamed(service: string, name: string): Promise<Span[]> {
  const wanted = (spans: Span[]) => spans.filter((span) => span.service === service && span.name === name);
  if (!stack().compose)
    return wanted((await (await fetch(`${process.env['TRACES_URL']}/traces`)).json()) as Span[]);
  const query = new URLSearchParams({ service, operation: name, limit: '50', lookback: '1h' });
  return wanted(await askJaeger(`?${query}`));
}

type Tag = { key: string; value: unknown };
type JaegerTrace = {
  spans: {
    traceID: string;
    spanID: string;
    operationName: string;
    processID: string;
    references: { refType: string; spanID: string }[];
    tags: Tag[];
  }[];
  processes: Record<string, { serviceName: string }>;
};

const KINDS: Record<string, number> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

async function askJaeger(what: string): Promise<Span[]> {
  const response = await fetch(`${urlOf(stack(), 'jaeger')}/api/traces${what}`);
  const { data } = (await response.json()) as { data: JaegerTrace[] | null };
  return (data ?? []).flatMap(({ spans, processes }) =>
    spans.map((span) => {
      const attributes = Object.fromEntries(span.tags.map(({ key, value }) => [key, String(value)]));
      return {
        service: processes[span.processID]?.serviceName ?? '',
        traceId: span.traceID,
        spanId: span.spanID,
        parentSpanId: span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID ?? '',
        name: span.operationName,
        kind: KINDS[attributes['span.kind'] ?? 'internal'] ?? 1,
        attributes,
      };
    }),
  );
}
