/**
 * An OTLP receiver (HTTP, JSON) that keeps the spans in memory and gives them out: all of them, or by trace
 * id.
 */
import http from 'node:http';

export type Span = {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, string>;
};

type Attribute = { key: string; value: Record<string, unknown> };
type Export = {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Omit<Span, 'service' | 'attributes'> & { attributes: Attribute[] })[] }[];
  }[];
};

const plain = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

type TraceReceiver = {
  url: string;
  /** What comes from now on is passed on, as Jaeger does in the containers. */
  passOnTo(url: string): void;
  stop(): Promise<void>;
};

export async function startTraceReceiver(): Promise<TraceReceiver> {
  const traces = new Map<string, Span[]>();
  let next: string | undefined;

  function passOn(body: string): void {
    const headers = { 'content-type': 'application/json' };
    // Who is away gets none.
    if (next) void fetch(`${next}/v1/traces`, { method: 'POST', headers, body }).catch(() => {});
  }

  function take(body: Export): void {
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = plain(resource.attributes)['service.name'] ?? '';
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        const kept: Span = { ...span, service, attributes: plain(span.attributes) };
        traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), kept]);
      }
    }
  }

  const server = http.createServer((request, response) => {
    if (request.method === 'GET') {
      const traceId = (request.url ?? '').slice('/traces/'.length);
      const spans = traceId === '' ? [...traces.values()].flat() : (traces.get(traceId) ?? []);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(spans));
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      try {
        take(JSON.parse(body) as Export);
      } catch (error) {
        response.writeHead(400).end(String(error));
        return;
      }
      passOn(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    passOnTo(url) {
      next = url;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
