/**
 * What Node's HTTP parser refuses never reaches an endpoint. It is answered here, as every other error is:
 * problem+json.
 */
import { once } from 'node:events';
import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { SAFE_HEADERS } from '@sagakit/resilience/safe-headers';
import { Problem } from './problem.ts';

/**
 * So long what the client still sends is read and dropped: a connection closed with bytes unread is reset,
 * and the answer lost with it.
 */
const LINGER_MS = 1_000;

const BY_CODE: Readonly<Record<string, [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are longer than 16 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions of the body are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/** @param reason the parser's words; they tell of the protocol, never of what was sent */
function parserRefusal(code: string | undefined, reason: string): Problem {
  const [status, detail] = BY_CODE[code ?? ''] ?? [400, `This is not HTTP/1.1: ${reason}.`];
  return new Problem(status, detail);
}

/** A whole HTTP answer, after which the connection is closed. */
function rawAnswer(problem: Problem): string {
  const body = JSON.stringify(problem);
  const headers = {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    date: new Date().toUTCString(),
    connection: 'close',
    ...SAFE_HEADERS,
    ...problem.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${problem.title}`, ...lines, '', body].join('\r\n');
}

/** Oldest first. */
type UnderWay = [response: http.ServerResponse, request: http.IncomingMessage][];

/** @param underWay what a connection is in the middle of */
export function answerParserRefusals(server: http.Server, underWay: (socket: Duplex) => UnderWay): void {
  const refused = new WeakSet<Duplex>();

  async function refuse(socket: Duplex, problem: Problem): Promise<void> {
    // The parser goes on with what still comes, and complains again.
    if (refused.has(socket)) return;
    refused.add(socket);
    socket.on('error', () => {});
    // What came whole before is answered first: nobody may take this for the answer to that.
    const whole = underWay(socket).filter(([, request]) => request.complete);
    await Promise.all(whole.map(([response]) => once(response, 'close')));
    // That one may have been the last; it is on its way.
    if (socket.writableEnded) return;
    if (!socket.writable || underWay(socket).some(([response]) => response.headersSent)) {
      socket.destroy();
      return;
    }
    socket.end(rawAnswer(problem));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.resume();
  }

  server.on('clientError', (error: Error & { code?: string; reason?: string }, socket) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') socket.destroy();
    else void refuse(socket, parserRefusal(error.code, error.reason ?? error.message));
  });
  server.on(
    'connect',
    (_request, socket) =>
      void refuse(
        socket,
        new Problem(405, 'CONNECT is not a call of this service; see /openapi.json.', {
          headers: { allow: 'GET' },
        }),
      ),
  );
}
