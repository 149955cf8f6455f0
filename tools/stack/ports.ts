import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inThisFolder } from './shell-words.ts';
import { type Holder, holderOf } from './listeners.ts';
import { reserve } from './reserved-ports.ts';
import { StackError } from './stack-error.ts';

/** Undefined: somebody has it. */
function listenOn(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    // Whoever comes before the component is here is told to try again, and keeps nothing open.
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/**
 * Ports that were found free, and are kept so until what listens there is started: between the two lie
 * seconds, in which another stack would find them free as well.
 */
const kept = new Map<number, net.Server>();

/** False: somebody has it. */
async function keep(port: number): Promise<boolean> {
  const server = await listenOn(port);
  if (server) kept.set(port, server.unref());
  return server !== undefined;
}

/** For who is to listen there now. */
export async function letGo(ports: Iterable<number> = [...kept.keys()]): Promise<void> {
  for (const port of ports) {
    const server = kept.get(port);
    if (!kept.delete(port) || !server) continue;
    server.close();
    await once(server, 'close');
  }
}

/**
 * Below the range that systems give to outgoing connections: one of those could take a port between its
 * choice and its use.
 */
const FREE_FROM = 20_000;
const FREE_BELOW = 32_000;
const given = new Set<number>();

/**
 * A port that nobody uses or has chosen, and that was not given out before. Chosen at random, since several
 * stacks may start at once.
 */
export async function freePort(): Promise<number> {
  const port = await keepFreePort();
  await letGo([port]);
  return port;
}

/** The same, kept until it is let go. */
export async function keepFreePort(): Promise<number> {
  for (let tries = 0; tries < 1_000; tries++) {
    const port = FREE_FROM + Math.floor(Math.random() * (FREE_BELOW - FREE_FROM));
    if (given.has(port)) continue;
    given.add(port);
    if (reserve(port) && (await keep(port))) return port;
  }
  throw new StackError('ports', `no free port on 127.0.0.1 from ${FREE_FROM} to ${FREE_BELOW}`);
}

const LOOKS = 3;

/** Kept until it is let go. Throws in one line, with what to do, if the port is taken. */
export async function claimPort(component: string, port: number): Promise<number> {
  for (let look = 1; ; look++) {
    if (await keep(port)) return port;
    // It may be no more than another stack's look.
    if (look === LOOKS) throw new StackError(component, takenWords(port, holderOf(port)));
    await delay(50 + Math.random() * 50);
  }
}

/**
 * By whom a port is taken, and what to do. Pure.
 *
 * @param when ` since ...`, where it was free before
 */
export function takenWords(port: number, holder: Holder | undefined, when = ''): string {
  const free = 'start on free ports: npm run stack -- up --ephemeral';
  if (!holder) return `port ${port} is in use${when}. Stop what uses it, or ${free}`;
  const { name, pid, stack } = holder;
  const by = `by ${name} (pid ${pid})${stack === undefined ? '' : ` of the stack in ${stack}`}`;
  const stop =
    stack === undefined
      ? 'Stop what uses it'
      : `Stop that: ${inThisFolder('npm run stack -- down', { STACK_DIR: stack })}`;
  return `port ${port} is in use ${by}${when}. ${stop}, or ${free}`;
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
