/**
 * Ends a process whose consumer or relay has stopped silently: messages wait, broker and database answer, and
 * nothing moves. No handler of ours takes a minute, so a new process is the cure (a supervisor starts it),
 * whatever the illness was.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Background, inBackground } from '@sagakit/resilience/background';
import type { Log } from '@sagakit/resilience/log';

export type Watched = {
  name: string;
  /**
   * Work that waits, and a count that grows whenever some of it is done. Throws while the broker or the
   * database is away.
   */
  look(): Promise<{ waiting: number; done: number }>;
};

export type Sighting = { waiting: number; done: number } | 'away';

/**
 * How many looks in a row found work waiting and nothing done since the look before; anything else begins
 * anew. Pure.
 */
export function idleLooks(before: number, last: Sighting | undefined, now: Sighting): number {
  if (now === 'away' || last === undefined || last === 'away') return 0;
  return now.waiting > 0 && last.waiting > 0 && now.done === last.done ? before + 1 : 0;
}

export function createWatchdog({
  watched,
  onDead,
  everyMs = 10_000,
  idleLooksAllowed = 6,
  log,
}: {
  watched: readonly Watched[];
  onDead: (error: Error) => void;
  everyMs?: number;
  idleLooksAllowed?: number;
  log: Log;
}): Background {
  async function watch({ name, look }: Watched, signal: AbortSignal): Promise<void> {
    let last: Sighting | undefined;
    let idle = 0;
    while (!signal.aborted) {
      await delay(everyMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const now = await look().catch((): Sighting => 'away');
      idle = idleLooks(idle, last, now);
      last = now;
      if (idle > 1)
        log.warn(
          { watched: name, ...(now as object), idleMs: idle * everyMs },
          'stalled: messages wait and none is handled',
        );
      if (idle > idleLooksAllowed) {
        onDead(
          new Error(
            `the ${name} has stopped: work waits, broker and database answer, and nothing was done for ${idle * everyMs} ms`,
          ),
        );
        return;
      }
    }
  }
  return inBackground(async (signal) => void (await Promise.all(watched.map((one) => watch(one, signal)))));
}
