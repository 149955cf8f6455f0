/** Passes connections on: each goes to the next replica. What nobody takes is answered here, with 503. */
import net from 'node:net';
import { SERVICE_PORT } from './services.mts';

const CONNECT_WITHIN_MS = 3_000;

const AWAY = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'The service is away for the moment.',
});
const AWAY_ANSWER = [
  'HTTP/1.1 503 Service Unavailable',
  'content-type: application/problem+json',
  `content-length: ${Buffer.byteLength(AWAY)}`,
  'retry-after: 1',
  'connection: close',
  '',
  AWAY,
].join('\r\n');

export type Told = {
  /** A connection was passed on. */
  forwarded(): void;
  /** No replica took it: it was answered with 503 here, and no service knows of it. */
  refused(): void;
};

let turn = 0;

/** A connection to the next replica that takes one. */
async function connect(replicas: string[], port: number): Promise<net.Socket> {
  const first = turn++;
  for (let at = 0; at < replicas.length; at++) {
    const host = replicas[(first + at) % replicas.length] as string;
    const socket = net.connect({ host, port, noDelay: true });
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.setTimeout(CONNECT_WITHIN_MS, () => reject(new Error('no answer')));
    });
    try {
      await connected;
      socket.setTimeout(0);
      return socket;
    } catch {
      socket.destroy();
    }
  }
  throw new Error('no replica answers');
}

/** @param replicasOf the addresses that answer to the service's name now; throws if there are none */
export function forward(
  replicasOf: () => Promise<string[]>,
  told: Told,
  port = SERVICE_PORT,
): (client: net.Socket) => Promise<void> {
  return async (client) => {
    client.on('error', () => {});
    client.setNoDelay(true);
    try {
      const upstream = await connect(await replicasOf(), port);
      told.forwarded();
      const end = () => {
        client.destroy();
        upstream.destroy();
      };
      upstream.on('error', end).on('close', end);
      client.on('error', end).on('close', end);
      client.pipe(upstream).pipe(client);
      if (client.destroyed) end();
    } catch {
      told.refused();
      client.end(AWAY_ANSWER);
      client.resume(); // what lies unread when a socket is closed would reset it, and the answer with it
    }
  };
}
