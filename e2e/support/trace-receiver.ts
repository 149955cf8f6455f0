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

export async function startTraceReceiver(): Promise<{ url: string; stop(): Promise<void> }> {
  const traces = new Map<string, Span[]>();

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
      take(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Export);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
