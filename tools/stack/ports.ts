import net from 'node:net';
import { StackError } from './stack-error.ts';

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const given = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(given));
    });
  });
}

/**
 * Below the range that systems give to outgoing connections: one of those could take a port between its
 * choice and its use.
 */
const FREE_FROM = 20_000;
const FREE_BELOW = 32_000;
const given = new Set<number>();

/**
 * A port that nobody uses, and that was not given out before. Chosen at random, since several stacks may
 * start at once.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 1_000; tries++) {
    const port = FREE_FROM + Math.floor(Math.random() * (FREE_BELOW - FREE_FROM));
    if (given.has(port)) continue;
    given.add(port);
    if ((await tryPort(port)) !== undefined) return port;
  }
  throw new StackError('ports', `no free port on 127.0.0.1 from ${FREE_FROM} to ${FREE_BELOW}`);
}

/** Throws in one line, with what to do, if the port is taken. */
export async function claimPort(component: string, port: number): Promise<number> {
  if ((await tryPort(port)) !== undefined) return port;
  throw new StackError(
    component,
    `port ${port} is in use. Stop what uses it, or start on free ports: npm run stack -- up --ephemeral`,
  );
}

/** Undefined: somebody listens there. Else what the system said. */
export function refuses(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) => resolve(error.message));
  });
}
