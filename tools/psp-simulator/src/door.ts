/**
 * The HTTP listener of a simulator: tells those whom it cannot read so, and finishes what is under way when
 * it is closed.
 */
import { once } from 'node:events';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { safeHeaderLines, safeHeaders } from '@sagakit/resilience/safe-headers';
import { withTimeout } from '@sagakit/resilience/timeout';

/** @property policy of a page: what it may load (Content-Security-Policy); else it may load nothing */
export type Answer = { status: number; body: string; type?: string; policy?: string };

/** Thrown by a route: there is to be no answer, and the connection is cut. */
export class NoAnswer extends Error {}

/** Thrown where a body is read: the answer is 413. */
class TooLong extends Error {}

const JSON_TYPE = 'application/json';

export const refusal = (status: number, error: string): Answer => ({
  status,
  body: JSON.stringify({ error }),
});

const UNREADABLE: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: refusal(431, 'the headers are longer than 16 KiB'),
  ERR_HTTP_REQUEST_TIMEOUT: refusal(408, 'the request did not arrive in time'),
};

function answerRaw(socket: Duplex, { status, body }: Answer): void {
  const head = [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`,
    `content-type: ${JSON_TYPE}`,
    'connection: close',
    ...safeHeaderLines,
  ];
  socket.on('error', () => {});
  socket.end([...head, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
}

function send(response: http.ServerResponse, { status, type = JSON_TYPE, body, policy }: Answer): void {
  if (policy !== undefined) response.setHeader('content-security-policy', policy);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

const MAX_BODY = 64 * 1024;

/** The body. One that is longer than 64 KiB is read to its end and not kept: then who sent it is told. */
export async function textOf(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  if (length > MAX_BODY) throw new TooLong();
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined: there is no such URL, or no host. */
function urlOf({ url = '/', headers, httpVersion }: http.IncomingMessage): URL | undefined {
  if (headers.host === undefined && httpVersion === '1.1') return undefined;
  return URL.parse(url, 'http://localhost') ?? undefined;
}

export type Door = {
  /**
   * Takes nobody any more, and returns when all that is under way is answered; after `withinMs` what is left
   * is cut.
   */
  close(withinMs: number): Promise<void>;
};

/**
 * @param route gets a URL of which only path and query mean something; what it throws is answered with 500,
 *   and said in the log alone
 */
export async function openDoor(
  { host, port }: { host: string; port: number },
  route: (request: http.IncomingMessage, url: URL) => Promise<Answer>,
): Promise<Door> {
  const underWay = new Set<http.ServerResponse>();
  let leaving = false;

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    safeHeaders(response);
    if (leaving) response.setHeader('connection', 'close');
    try {
      const url = urlOf(request);
      send(
        response,
        url ? await route(request, url) : refusal(400, 'there is no such URL, or the header Host is missing'),
      );
    } catch (error) {
      if (error instanceof NoAnswer) return void request.socket.destroy();
      if (error instanceof TooLong) return send(response, refusal(413, 'the body is longer than 64 KiB'));
      console.error(error);
      send(response, refusal(500, 'something went wrong inside; the log has it'));
    }
  }

  const server = http.createServer(
    { requireHostHeader: false, keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 30_000 },
    (request, response) => {
      void handle(request, response);
    },
  );
  server.on('checkExpectation', (_request, response: http.ServerResponse) => {
    safeHeaders(response);
    response.setHeader('connection', 'close');
    send(response, refusal(417, 'nothing can be expected but 100-continue'));
  });
  server.on('connect', (_request, socket) => answerRaw(socket, refusal(405, 'this is no proxy')));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else
      answerRaw(
        socket,
        UNREADABLE[error.code ?? ''] ?? refusal(400, `this is not HTTP/1.1: ${error.message}`),
      );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    async close(withinMs) {
      leaving = true;
      for (const response of underWay) if (!response.headersSent) response.setHeader('connection', 'close');
      const closed = new Promise<void>((resolve) => server.close(() => resolve())); // and what is idle
      await withTimeout(closed, withinMs);
      server.closeAllConnections();
    },
  };
}
