/** Passes connections on: each goes to the next replica. What nobody takes is answered here, with 503. */
import net from 'node:net';
import { join, type Way } from './pipe.mts';
import { SAFE_HEADERS } from './safe-headers.mts';
import { SERVICE_PORT } from './services.mts';

const CONNECT_WITHIN_MS = 3_000;
/** So long a client that got no replica may be silent without closing its end. */
const LINGER_MS = 1_000;

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
  ...Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}`),
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
): (client: net.Socket) => Way {
  return (client) => {
    let leaving = false;
    let way: Way | undefined;

    async function lead(): Promise<void> {
      client.on('error', () => {});
      client.setNoDelay(true);
      try {
        const upstream = await connect(await replicasOf(), port);
        told.forwarded();
        way = join(client, upstream);
        if (leaving) way.leave();
      } catch {
        told.refused();
        client.end(AWAY_ANSWER);
        client.resume(); // what lies unread when a socket is closed would reset it, and the answer with it
        client.setTimeout(LINGER_MS, () => client.destroy());
      }
    }

    void lead();
    return {
      leave() {
        leaving = true;
        way?.leave();
      },
    };
  };
}
