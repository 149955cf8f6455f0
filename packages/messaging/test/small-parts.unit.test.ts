/** Parts of the runtime that are too small for a file of tests each: background, statements, rows, ids, the watchdog's round. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inBackground } from '@sagakit/resilience/background';
import { IncompatibleReleaseError } from '../src/aggregate/decision.ts';
import { delayBatch } from '@sagakit/resilience/batch-delay';
import { type Log, quiet } from '@sagakit/resilience/log';
import { newId, randomHex } from '@sagakit/resilience/ids';
import { createIdentityMap } from '../src/aggregate/rows.ts';
import { saveRows, writeRows } from '@sagakit/postgres/statement';
import { createWatchdog } from '../src/maintenance/watchdog.ts';

describe('what runs in the background', () => {
  it('runs when it is started, until it is stopped, and can be started again', async () => {
    const signals: AbortSignal[] = [];
    let ended = 0;
    const own = inBackground(async (signal) => {
      signals.push(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended++;
    });
    await own.stop();
    assert.equal(signals.length, 0);
    own.start();
    assert.deepEqual([signals[0]?.aborted, ended], [false, 0]);
    await own.stop();
    assert.deepEqual([signals[0]?.aborted, ended], [true, 1]);
    own.start();
    assert.equal(signals[1]?.aborted, false);
    await own.stop();
    assert.equal(ended, 2);
  });
});

describe('a statement that writes rows', () => {
  it('is none for no rows, else takes them as one JSON array', () => {
    assert.deepEqual(writeRows('n', 't', []), []);
    assert.deepEqual(writeRows('n', 't', [{ a: 1 }, { a: 2 }], [7]), [
      { name: 'n', text: 't', values: ['[{"a":1},{"a":2}]', 7] },
    ]);
    assert.deepEqual(writeRows('n', 't', [{ a: 1 }])[0]?.values, ['[{"a":1}]']);
  });
  it('that saves fails unless all are saved', () => {
    assert.deepEqual(saveRows('n', 'insert', [{ a: 1 }, { a: 2 }]), [
      {
        name: 'n',
        text: 'with saved as (insert returning 1) select raise_if_stale(count(*), $2) from saved',
        values: ['[{"a":1},{"a":2}]', 2],
      },
    ]);
    assert.deepEqual(saveRows('n', 'insert', []), []);
  });
});

describe('a row that is not there', () => {
  it('is an empty one at version 0', () => {
    const rows = createIdentityMap<number>([]);
    assert.deepEqual(rows.get('a'), { key: 'a', version: 0, sequence: 0, answers: {}, state: undefined });
    assert.deepEqual(rows.changed(), []);
    rows.set({ ...rows.get('a'), sequence: 3, state: 5 });
    assert.deepEqual(rows.get('a'), { key: 'a', version: 1, expected: 0, sequence: 3, answers: {}, state: 5 });
  });
});

describe('random', () => {
  it('hex is as long as asked for, and never the same', () => {
    for (const bytes of [1, 8, 16, 4096]) assert.match(randomHex(bytes), new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
    assert.equal(new Set(Array.from({ length: 5_000 }, () => randomHex(8))).size, 5_000);
  });
  it('ids carry the time that they are made for, by default now', () => {
    assert.equal(newId(0x0123456789ab).slice(0, 13), '01234567-89ab');
    assert.equal(newId(1).slice(0, 13), '00000000-0001');
    const before = Date.now();
    const made = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    assert.ok(made >= before && made <= Date.now());
  });
  it('ids use all of their random bits', () => {
    const seen = Array.from({ length: 400 }, () => newId(0).replaceAll('-', '').slice(12));
    for (let at = 0; at < 20; at++) {
      const digits = new Set(seen.map((id) => id[at]));
      assert.equal(digits.size, at === 0 ? 1 : at === 4 ? 4 : 16, `digit ${at}`);
    }
  });
});

describe('a rest', () => {
  it('of less than a millisecond is none', async () => {
    let ended = false;
    const resting = delayBatch(0.9).then(() => void (ended = true));
    await Promise.resolve().then(() => Promise.resolve());
    assert.equal(ended, true);
    await resting;
  });
  it('of a millisecond is one', async () => {
    let ended = false;
    const resting = delayBatch(1).then(() => void (ended = true));
    await Promise.resolve().then(() => Promise.resolve());
    assert.equal(ended, false);
    await resting;
  });
});

describe('a decision of another release', () => {
  it('has a name of its own', () => assert.equal(new IncompatibleReleaseError('x').name, 'IncompatibleReleaseError'));
});

describe("the watchdog's round", () => {
  /** Looks at the sightings one after the other, then sees the last one for ever. */
  async function round(sightings: ({ waiting: number; done: number } | 'away')[], looks: number) {
    const dead: string[] = [];
    const warned: { watched?: string; idleMs?: number }[] = [];
    const log: Log = { ...quiet, warn: (fields) => void warned.push(fields) };
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
  const waits = (done: number) => ({ waiting: 5, done });

  it('ends the process after so many idle looks, once, in words; before that it warns', async () => {
    const { dead, warned, looks } = await round([waits(1)], 100);
    assert.deepEqual(dead, ['the relay has stopped: work waits, broker and database answer, and nothing was done for 8 ms']);
    assert.equal(looks, 5);
    assert.deepEqual(
      warned.map(({ watched, idleMs }) => [watched, idleMs]),
      [
        ['relay', 4],
        ['relay', 6],
        ['relay', 8],
      ],
    );
  });
  it('leaves alone what works, and what is away', async () => {
    const working = Array.from({ length: 12 }, (_, at) => waits(at));
    assert.deepEqual(await round(working, 12), { dead: [], warned: [], looks: 12 });
    assert.deepEqual((await round(['away'], 12)).dead, []);
  });
});
