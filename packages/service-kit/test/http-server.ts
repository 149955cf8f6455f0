/** A small HTTP interface on a real port, and a client that sends bytes as they are. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { z } from 'zod';
import { withoutTokens } from '../src/http/auth/authorize.ts';
import { endpoint } from '../src/http/endpoint.ts';
import { type HttpServer, listen } from '../src/http/listen.ts';
import { createHttpApp } from '../src/http/server.ts';

export type Raw = { status: number; headers: Record<string, string>; body: string };

const thing = { summary: '', access: 'open', responses: {} } as const;

/**
 * `GET /slow` is answered once `release` is called; `POST /things` gives its body back; `POST /press` takes
 * none.
 */
export async function testServer(): Promise<{
  server: HttpServer;
  url: string;
  release: () => void;
  waiting: () => number;
}> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let waiting = 0;
  const app = createHttpApp({
    title: 'test',
    authorize: withoutTokens,
    log: pino({ enabled: false }),
    onAnswered() {},
    endpoints: [
      endpoint({
        ...thing,
        method: 'get',
        path: '/things',
        inputs: {},
        handle: async () => ({ status: 200, body: { items: [] } }),
      }),
      endpoint({
        ...thing,
        method: 'get',
        path: '/slow',
        inputs: {},
        async handle() {
          waiting++;
          await released;
          return { status: 200, body: {} };
        },
      }),
      endpoint({
        ...thing,
        method: 'post',
        path: '/things',
        inputs: { body: z.object({ name: z.string() }) },
        handle: async ({ body }) => ({ status: 200, body }),
      }),
      endpoint({
        ...thing,
        method: 'post',
        path: '/press',
        inputs: {},
        handle: async () => ({ status: 202, body: {} }),
      }),
    ],
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  return { server, url: `http://127.0.0.1:${server.port}`, release, waiting: () => waiting };
}

/**
 * Sends the bytes on a connection of their own; the answer, once the other side has closed or the answer is
 * whole.
 */
export async function sendRaw(port: number, text: string, withinMs = 5_000): Promise<Raw> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(text, 'latin1');
  const answer = await readAnswer(socket, withinMs);
  socket.destroy();
  return answer;
}

/** Throws if the connection is reset, or closed before the answer is whole. */
export async function readAnswer(socket: net.Socket, withinMs = 5_000): Promise<Raw> {
  const late = new AbortController();
  const timer = delay(withinMs, undefined, { signal: late.signal }).then(
    () => socket.destroy(new Error(`no whole answer within ${withinMs} ms`)),
    () => {},
  );
  let text = '';
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text += (chunk as Buffer).toString('latin1');
      const answer = parsed(text);
      if (answer) return answer;
    }
  } finally {
    late.abort();
    await timer;
  }
  throw new Error(`the connection ended after: ${JSON.stringify(text)}`);
}

function parsed(text: string): Raw | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const body = text.slice(end + 4);
  const status = Number(first.split(' ')[1]);
  if (status === 204) return { status, headers, body };
  return body.length >= Number(headers['content-length'] ?? NaN) ? { status, headers, body } : undefined;
}
