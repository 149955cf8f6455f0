/**
 * Builds a generation beside the one that is shown, until both stand at the same offsets and can be compared.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Comparison, Model } from '../api-model.ts';
import { beginGeneration, dropGeneration, listGenerations } from './generations.ts';
import type { Reader } from './reader.ts';
import type { Shelf } from './shelf.ts';
import { compareSides, type Side } from './side-by-side.ts';

export type Rebuilding = {
  /** False: one is being built already. */
  begin(force: boolean): Promise<boolean>;
  /** Goes on with one that a process before has begun. */
  resume(id: number): void;
  /** Of the two newest; else why not. */
  compare(): Promise<Comparison | NotCompared>;
  state(): Pick<Model, 'rebuild' | 'comparison'>;
  stop(): Promise<void>;
};

/** `alone`: there is only one generation. `building`: the other one has not read all; it is compared then. */
export type NotCompared = 'alone' | 'building';

type State = NonNullable<Model['rebuild']>;

/** Near enough that both can be held for the rest. */
const NEAR = 500n;
const LOOK_EVERY_MS = 200;

type Parts = { pool: Pool; shelf: Shelf; log: Logger };

const sideOf = (shelf: Shelf, id: number): Side => ({ id, reader: shelf.reader(id) });

/** Reads until the one that is built is near the one that is shown. */
async function catchUp(
  shelf: Shelf,
  id: number,
  signal: AbortSignal,
  onProgress: (progress: ReturnType<typeof progressOf>) => void,
): Promise<void> {
  const began = performance.now();
  while (!isNear(shelf.reader(shelf.active()), shelf.reader(id))) {
    await delay(LOOK_EVERY_MS, undefined, { signal });
    onProgress(progressOf(shelf.reader(shelf.active()), shelf.reader(id), performance.now() - began));
  }
}

/** One at a time: two would hold and release the same readers. Who asks for the same gets the same. */
function createComparisons(pool: Pool, shelf: Shelf) {
  let comparison: Comparison | undefined;
  let comparing: { pair: string; done: Promise<Comparison> } | undefined;
  return {
    async of(a: number, b: number): Promise<Comparison> {
      const pair = `${a} ${b}`;
      while (comparing && comparing.pair !== pair) await comparing.done.catch(() => {});
      comparing ??= {
        pair,
        done: compareSides(pool, [sideOf(shelf, a), sideOf(shelf, b)], () => new Date()).finally(() => {
          comparing = undefined;
        }),
      };
      comparison = await comparing.done;
      return comparison;
    },
    last: () => (comparison ? { comparison } : {}),
  };
}

export function createRebuilding({ pool, shelf, log }: Parts): Rebuilding {
  const stopping = new AbortController();
  let rebuild: State | undefined;
  /** The work on one, while it lasts. */
  let building: Promise<void> | undefined;
  let isBuilding = false;
  const comparisons = createComparisons(pool, shelf);

  const say = (now: Partial<State>) => {
    rebuild = { ...(rebuild as State), ...now };
  };
  const compare = comparisons.of;

  async function build(id: number, force: boolean): Promise<void> {
    rebuild = { state: 'reading', startedAt: new Date().toISOString(), progress: 0, recordsPerSecond: 0 };
    try {
      await catchUp(shelf, id, stopping.signal, say);
      say({ state: 'comparing', progress: 1 });
      const verdict = await compare(shelf.active(), id);
      if (!verdict.equal)
        log.error({ comparison: verdict }, 'the new generation is not equal to the one that is shown');
      if (verdict.equal || force) await shelf.show(id);
      say({ state: verdict.equal || force ? 'switched' : 'unequal' });
    } catch (error) {
      if (stopping.signal.aborted) return;
      log.error({ err: error }, 'a generation was not built');
      say({ state: 'failed', error: (error as Error).message });
    }
  }

  function start(id: number, force: boolean): void {
    isBuilding = true;
    building = build(id, force).finally(() => {
      building = undefined;
      isBuilding = false;
    });
  }

  return {
    async begin(force) {
      if (isBuilding) return false;
      isBuilding = true;
      try {
        if (rebuild?.state === 'unequal' || rebuild?.state === 'failed') await dropUnfinished(pool, shelf);
        const generation = await beginGeneration(pool);
        if (!generation) return false;
        await shelf.open(generation);
        start(generation.id, force);
        return true;
      } finally {
        isBuilding = building !== undefined;
      }
    },
    resume: (id) => start(id, false),
    async compare() {
      if (isBuilding) return 'building';
      const other = shelf
        .ids()
        .filter((id) => id !== shelf.active())
        .at(-1);
      return other === undefined ? 'alone' : compare(other, shelf.active());
    },
    state: () => ({ ...(rebuild ? { rebuild } : {}), ...comparisons.last() }),
    async stop() {
      stopping.abort();
      await building;
    },
  };
}

/** One that did not become the one that is shown makes room for the next try. */
async function dropUnfinished(pool: Pool, shelf: Shelf): Promise<void> {
  for (const { id, state } of await listGenerations(pool)) {
    if (state !== 'building') continue;
    await shelf.close(id);
    await dropGeneration(pool, id);
  }
}

/** Records that the one behind has still to read. */
function missing(live: Reader, young: Reader): bigint {
  let sum = 0n;
  for (const [place, next] of live.positions()) {
    const rest = next - (young.positions().get(place) ?? 0n);
    if (rest > 0n) sum += rest;
  }
  return sum;
}

/** A live one that has not read anything itself is no measure. */
const isNear = (live: Reader, young: Reader) =>
  live.standing().readAgoMs < Infinity && missing(live, young) <= NEAR;

function progressOf(
  live: Reader,
  young: Reader,
  tookMs: number,
): Pick<State, 'progress' | 'recordsPerSecond' | 'leftSeconds'> {
  const left = Number(missing(live, young));
  const read = young.read();
  const recordsPerSecond = Math.round(read / Math.max(0.001, tookMs / 1_000));
  return {
    progress: read / Math.max(1, read + left),
    recordsPerSecond,
    ...(recordsPerSecond > 0 ? { leftSeconds: Math.ceil(left / recordsPerSecond) } : {}),
  };
}
