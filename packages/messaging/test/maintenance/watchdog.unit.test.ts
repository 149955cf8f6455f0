import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Log, quiet } from '@sagakit/resilience/log';
import { createWatchdog, idleLooks, type Sighting } from '../../src/maintenance/watchdog.ts';

/** The count of idle looks after each sighting. */
function counts(sightings: Sighting[]): number[] {
  let idle = 0;
  let last: Sighting | undefined;
  return sightings.map((now) => {
    idle = idleLooks(idle, last, now);
    last = now;
    return idle;
  });
}
const waits = (done: number) => ({ waiting: 5, done });

describe('the watchdog counts looks', () => {
  it('that find work waiting and nothing done since', () => {
    assert.deepEqual(counts([waits(1), waits(1), waits(1), waits(1)]), [0, 1, 2, 3]);
  });
  it('and begins anew when something was done, however little', () => {
    assert.deepEqual(counts([waits(1), waits(1), waits(2), waits(2)]), [0, 1, 0, 1]);
  });
  it('and when nothing waits', () => {
    assert.deepEqual(
      counts([waits(1), waits(1), { waiting: 0, done: 1 }, waits(1), waits(1)]),
      [0, 1, 0, 0, 1],
    );
  });
  it('and while broker or database are away: that is no illness of the process', () => {
    assert.deepEqual(counts([waits(1), waits(1), 'away', waits(1), waits(1)]), [0, 1, 0, 0, 1]);
  });
});

describe("the watchdog's round", () => {
  /** Looks at the sightings one after the other, then sees the last one for ever. */
  async function round(sightings: ({ waiting: number; done: number } | 'away')[], looks: number) {
    const dead: string[] = [];
    const warned: { watched?: string; idleMs?: number; message?: string }[] = [];
    const log: Log = { ...quiet, warn: (fields, message) => void warned.push({ ...fields, message }) };
    let at = 0;
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const watchdog = createWatchdog({
      watched: [
        {
          name: 'relay',
          async look() {
            const now = sightings[Math.min(at++, sightings.length - 1)];
            if (at >= looks) resolve();
            if (now === undefined || now === 'away') throw new Error('away');
            return now;
          },
        },
      ],
      onDead: ({ message }) => {
        dead.push(message);
        resolve();
      },
      everyMs: 2,
      idleLooksAllowed: 3,
      log,
    });
    watchdog.start();
    await enough;
    await watchdog.stop();
    return { dead, warned, looks: at };
  }
  it('ends the process after so many idle looks, once, in words; before that it warns', async () => {
    const { dead, warned, looks } = await round([waits(1)], 100);
    assert.deepEqual(dead, [
      'the relay has stopped: work waits, broker and database answer, and nothing was done for 8 ms',
    ]);
    assert.equal(looks, 5);
    assert.deepEqual(
      warned,
      [4, 6, 8].map((idleMs) => ({
        watched: 'relay',
        ...waits(1),
        idleMs,
        message: 'stalled: messages wait and none is handled',
      })),
    );
  });
  it('is over at once when it is stopped, and nothing is looked at any more', async () => {
    let looks = 0;
    const look = async () => ({ waiting: looks++, done: 0 });
    const watched = [{ name: 'relay', look }];
    const watchdog = createWatchdog({
      watched,
      onDead: () => assert.fail('dead'),
      everyMs: 60_000,
      log: quiet,
    });
    watchdog.start();
    let stopped = false;
    const stopping = watchdog.stop().then(() => void (stopped = true));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.deepEqual([stopped, looks], [true, 0]);
    await stopping;
  });
  it('leaves alone what works, and what is away', async () => {
    const working = Array.from({ length: 12 }, (_, at) => waits(at));
    assert.deepEqual(await round(working, 12), { dead: [], warned: [], looks: 12 });
    assert.deepEqual((await round(['away'], 12)).dead, []);
  });
});
