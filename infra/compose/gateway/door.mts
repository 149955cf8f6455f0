/**
 * A listener that can be closed without cutting anybody: it knows who came in. As in
 * packages/service-kit/src/http/listen.ts, and not shared with it: the image holds these files and no
 * packages.
 */
import { once } from 'node:events';
import net from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { Way } from './pipe.mts';

/** A storm of new connections waits in the kernel while this process is busy. */
const BACKLOG = 4_096;
/** So long a moment is looked for in which nobody is connecting. */
const SILENCE_WITHIN_MS = 500;

export type Door = {
  port: number;
  /** Takes nobody any more and returns when all are gone. After `withinMs` whoever is left is cut. */
  close(withinMs: number): Promise<void>;
};

/** @param lead takes a client on its way */
export async function openDoor(
  lead: (client: net.Socket) => Way,
  { host, port }: { host: string; port: number },
): Promise<Door> {
  const inside = new Map<net.Socket, Way>();
  let came = 0;
  let leaving = false;
  const server = net.createServer((client) => {
    came++;
    const way = lead(client);
    inside.set(client, way);
    client.once('close', () => inside.delete(client));
    if (leaving) way.leave();
  });

  /**
   * Closing the door resets who stands in it: connections that the kernel has taken and this process has not
   * seen.
   */
  async function untilNobodyConnects(): Promise<void> {
    const until = performance.now() + SILENCE_WITHIN_MS;
    let before: number;
    await turn();
    do {
      before = came;
      await turn();
    } while (came !== before && performance.now() < until);
  }

  server.listen({ host, port, backlog: BACKLOG });
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    async close(withinMs) {
      await untilNobodyConnects();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      leaving = true;
      for (const way of inside.values()) way.leave();
      const settled = new AbortController();
      await Promise.race([closed, delay(withinMs, undefined, { signal: settled.signal }).catch(() => {})]);
      settled.abort();
      for (const client of inside.keys()) client.destroy();
    },
  };
}
