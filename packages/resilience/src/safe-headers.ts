/**
 * What every HTTP answer says to a browser. Here, since whatever listens may use this package: it needs no
 * other.
 */
import http, { type ServerResponse } from 'node:http';

/** It is what its type says, nothing may frame it, and nothing in it may load or run anything. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
};
const SAFE = new Map(Object.entries(SAFE_HEADERS));

/** Before anything else is done with it. A page says more exactly, in its own answer, what it may load. */
export const safeHeaders = (response: ServerResponse): unknown => response.setHeaders(SAFE);

/** The lines of a response that is written to a socket by hand. */
export const safeHeaderLines: readonly string[] = [...SAFE].map(([name, value]) => `${name}: ${value}`);

/** For who hands its responses to a library that takes all headers away when something goes wrong in it. */
function keepSafe(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...all: unknown[]) => ServerResponse;
  const own = (...all: unknown[]) => {
    for (const [name, value] of SAFE) if (!response.hasHeader(name)) response.setHeader(name, value);
    return writeHead(...all);
  };
  Object.assign(response, { writeHead: own });
}

const UNREADABLE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** A small server, not listening yet: also what Node would answer by itself has the headers, and no body. */
export function safeServer(handle: http.RequestListener): http.Server {
  const limits = { requireHostHeader: false, headersTimeout: 20_000, requestTimeout: 30_000 };
  const server = http.createServer(limits, (request, response) => {
    keepSafe(response);
    if (request.headers.host !== undefined) return handle(request, response);
    response.writeHead(400, { connection: 'close' }).end();
  });
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    keepSafe(response);
    response.writeHead(417, { connection: 'close' }).end();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = UNREADABLE[error.code ?? ''] ?? 400;
    const first = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`;
    socket.end([first, ...safeHeaderLines, 'content-length: 0', 'connection: close', '', ''].join('\r\n'));
  });
  return server;
}
