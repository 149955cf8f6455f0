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

/** A port that nobody uses. Found by taking and leaving it, so somebody else could be quicker; the component's start would say so. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new StackError('ports', 'no free port on 127.0.0.1');
  return port;
}

/** Throws in one line, with what to do, if the port is taken. */
export async function claimPort(component: string, port: number): Promise<number> {
  if ((await tryPort(port)) !== undefined) return port;
  throw new StackError(
    component,
    `port ${port} is in use. Stop what uses it, or start on free ports: npm run stack -- up --ephemeral`,
  );
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
