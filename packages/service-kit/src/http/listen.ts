/** The listener: how connections come, and how they go when the service stops. */
import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { safeHeaders } from '@sagakit/resilience/safe-headers';
import { withTimeout } from '@sagakit/resilience/timeout';
import { answerParserRefusals } from './parser-refusals.ts';

/** A client may be sending its next request, on a connection that is kept alive, at this very moment. */
const IDLE_LINGER_MS = 500;
/** So long a moment is looked for in which nobody is connecting. */
const QUIET_WITHIN_MS = 500;

export type HttpServer = {
  port: number;
  /**
   * Stops listening; says `Connection: close` in each answer; lets the requests under way finish, and closes
   * connections that are idle.
   *
   * @param withinMs then what is not finished is cut
   * @returns what was cut: `POST /bookings`
   */
  close(withinMs: number): Promise<string[]>;
};

/**
 * Connections that the kernel takes while the process is busy. With Node's 511 a storm of new ones is
 * dropped, and comes again seconds later: who stands before the service (the gateway) takes it for away. The
 * kernel's own bound (somaxconn, 4096) holds all the same.
 */
const BACKLOG = 4_096;

export async function listen(
  app: (request: http.IncomingMessage, response: http.ServerResponse) => void,
  { host, port }: { host: string; port: number },
): Promise<HttpServer> {
  let connections = 0;
  let leaving = false;
  let idleMayGo = false;
  const sockets = new Set<net.Socket>();
  const underWay = new Map<http.ServerResponse, http.IncomingMessage>();

  function handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    underWay.set(response, request);
    response.once('close', () => {
      underWay.delete(response);
      if (idleMayGo) closeIdle();
    });
    safeHeaders(response);
    if (leaving) response.setHeader('connection', 'close');
    app(request, response);
  }

  function closeIdle(): void {
    const busy = new Set([...underWay.values()].map(({ socket }) => socket));
    // What is being sent already (a last answer) is sent to its end.
    for (const socket of sockets) if (!busy.has(socket)) socket.destroySoon();
  }

  const server = http.createServer({ requireHostHeader: false, connectionsCheckingInterval: 5_000 }, handle);
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 20_000;
  server.requestTimeout = 30_000;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket.once('close', () => sockets.delete(socket)));
  });
  // What is expected is judged where everything else is.
  server.on('checkExpectation', handle);
  // Who has said all (a half-closed connection) still waits for the answers.
  Object.assign(server, { httpAllowHalfOpen: true });
  const on = (socket: Duplex) => [...underWay].filter(([, { socket: its }]) => its === socket);
  answerParserRefusals(server, on);

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async close(withinMs) {
      await untilNobodyConnects(() => connections);
      // Not http's own close(): it closes idle connections at once.
      const closed = new Promise<void>((resolve) => net.Server.prototype.close.call(server, () => resolve()));
      leaving = true;
      for (const one of underWay.keys()) if (!one.headersSent) one.setHeader('connection', 'close');
      const late = withTimeout(closed, withinMs);
      await withTimeout(closed, Math.min(IDLE_LINGER_MS, withinMs));
      idleMayGo = true;
      closeIdle();
      await late;
      const unfinished = [...underWay.values()].map(({ method, url }) => `${method} ${url?.split('?')[0]}`);
      for (const socket of sockets) socket.destroy();
      return unfinished;
    },
  };
}

/**
 * Closing the door resets who stands in it: connections that the kernel has taken and this process has not
 * seen.
 */
async function untilNobodyConnects(connections: () => number): Promise<void> {
  const until = performance.now() + QUIET_WITHIN_MS;
  let before: number;
  await turn();
  do {
    before = connections();
    await turn();
  } while (connections() !== before && performance.now() < until);
}
