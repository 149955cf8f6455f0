/** What the gateway says of itself: its figures, that it lives, and whether it is about to go. */
import http from 'node:http';
import { SAFE_HEADERS } from './safe-headers.mts';

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'This is not HTTP/1.1.',
  404: 'Here are /metrics, /health/live and /health/ready; the services are behind the other ports.',
  431: 'The headers are longer than 16 KiB.',
};
const problem = (status: number) =>
  JSON.stringify({ type: 'about:blank', title: http.STATUS_CODES[status], status, detail: PROBLEMS[status] });

function answer(
  url: string | undefined,
  metrics: () => string,
  leaving: boolean,
): { status: number; type: string; body: string } {
  const json = 'application/json';
  if (url === '/metrics')
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: metrics() };
  if (url === '/health/live') return { status: 200, type: json, body: '{"status":"live"}' };
  if (url === '/health/ready')
    return leaving
      ? { status: 503, type: json, body: '{"status":"not-ready","reason":"stopping"}' }
      : { status: 200, type: json, body: '{"status":"ready"}' };
  return { status: 404, type: 'application/problem+json', body: problem(404) };
}

/** Not listening yet. */
export function ownServer(metrics: () => string, isLeaving: () => boolean): http.Server {
  const server = http.createServer(
    { requireHostHeader: false, requestTimeout: 30_000 },
    (request, response) => {
      const { status, type, body } = answer(request.url, metrics, isLeaving());
      response
        .writeHead(status, {
          ...SAFE_HEADERS,
          'content-type': type,
          ...(isLeaving() ? { connection: 'close' } : {}),
        })
        .end(body);
    },
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    const body = problem(status);
    const head = [
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`,
      'content-type: application/problem+json',
      ...Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.end(
      [...head, `content-length: ${Buffer.byteLength(body)}`, 'connection: close', '', body].join('\r\n'),
    );
  });
  return server;
}
