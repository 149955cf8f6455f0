/** The read model at work: a reader for each generation, which one is shown, and building another one beside it. */
import { setTimeout as delay } from 'node:timers/promises';
import { resetOffsets } from '@sagakit/kafka/admin/offsets';
import type { KafkaConnection } from '@sagakit/kafka/kafkajs/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Comparison, Model } from '../api-model.ts';
import type { Hub } from '../stream/hub.ts';
import {
  beginGeneration,
  dropGeneration,
  type GenerationRow,
  listGenerations,
  prepareGenerations,
  switchTo,
} from './generations.ts';
import { describeGeneration, storedPositions } from './positions.ts';
import { createReader, type Reader } from './reader.ts';
import { compareSides } from './side-by-side.ts';
import { createWriter } from './write.ts';

export type ReadModel = {
  /** Makes the tables and begins to read. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The generation that is shown. */
  active(): number;
  kafka(): 'joined' | 'away';
  behindMs(): number;
  counts(): { read: number; skipped: number };
  describe(): Promise<Model>;
  /** False: one is being built already. It goes on by itself; see `describe`. */
  rebuild(options?: { force?: boolean }): Promise<boolean>;
  /** Of the two newest. Undefined: there is only one. */
  compare(): Promise<Comparison | undefined>;
  /** To the generation that was shown before. Undefined: there is none. */
  switchBack(): Promise<number | undefined>;
};

export type ReadModelOptions = {
  pool: Pool;
  kafka: KafkaConnection;
  topics: readonly string[];
  partitionCount: number;
  hub: Hub;
  log: Logger;
  onDead: (error: Error) => void;
  /** How long the one that was shown before can be switched back to. */
  keepRetiredMs?: number;
};

const TEN_MINUTES_MS = 10 * 60_000;
/** Near enough that both can be held for the rest. */
const NEAR = 500n;
const LOOK_EVERY_MS = 200;

type Rebuild = NonNullable<Model['rebuild']>;

export function createReadModel(options: ReadModelOptions): ReadModel {
  const { pool, hub, log } = options;
  const readers = new Map<number, Reader>();
  const stopping = new AbortController();
  let active = 0;
  let before: number | undefined;
  let rebuild: Rebuild | undefined;
  let building: Promise<void> = Promise.resolve();
  let comparison: Comparison | undefined;
  const drops = new Map<number, NodeJS.Timeout>();

  const reader = (id: number) => readers.get(id) as Reader;
  const tellModel = () => hub.model({ generation: active, kafka: reader(active).kafka() });

  async function open({ id, groupId }: GenerationRow): Promise<void> {
    if (readers.has(id)) return;
    const own = createReader({
      ...options,
      kafka: { ...options.kafka, clientId: `${options.kafka.clientId}-g${id}` },
      groupId,
      writer: createWriter(pool, id),
      onWritten: (stories) => {
        if (id === active) hub.changed(stories);
      },
      log: log.child({ generation: id }),
    });
    own.startAt(await storedPositions(pool, id));
    readers.set(id, own);
    own.start();
  }

  async function close(id: number): Promise<void> {
    const own = readers.get(id);
    readers.delete(id);
    await own?.stop();
  }

  async function prepare(): Promise<void> {
    const generations = await prepareGenerations(pool);
    await readAgainWhatWasHeld(options, log);
    active = generations.find(({ state }) => state === 'active')?.id ?? 0;
    before = generations.findLast(({ state }) => state === 'retired')?.id;
    for (const generation of generations) await open(generation);
    for (const { id, state } of generations) if (state === 'retired') dropLater(id);
    const unfinished = generations.find(({ state }) => state === 'building');
    if (unfinished) building = build(unfinished.id, false);
  }

  function dropLater(id: number): void {
    const drop = async () => {
      drops.delete(id);
      if (before === id) before = undefined;
      await close(id);
      await dropGeneration(pool, id);
      log.info({ dropped: id }, 'the generation before is dropped');
    };
    const later = () =>
      void drop().catch((error: unknown) => log.error({ err: error }, 'a generation was not dropped'));
    drops.set(id, setTimeout(later, options.keepRetiredMs ?? TEN_MINUTES_MS));
  }

  async function show(id: number): Promise<void> {
    const old = active;
    await switchTo(pool, id);
    clearTimeout(drops.get(id));
    drops.delete(id);
    active = id;
    before = old;
    dropLater(old);
    tellModel();
    log.info({ from: old, to: id }, 'another generation is shown');
  }

  async function build(id: number, force: boolean): Promise<void> {
    const began = performance.now();
    rebuild = { state: 'reading', startedAt: new Date().toISOString(), progress: 0, recordsPerSecond: 0 };
    try {
      while (!isNear(reader(active), reader(id))) {
        await delay(LOOK_EVERY_MS, undefined, { signal: stopping.signal });
        rebuild = { ...rebuild, ...progressOf(reader(active), reader(id), performance.now() - began) };
      }
      rebuild = { ...rebuild, state: 'comparing', progress: 1 };
      comparison = await compareSides(pool, sides(active, id), () => new Date());
      if (!comparison.equal)
        log.error({ comparison }, 'the new generation is not equal to the one that is shown');
      if (comparison.equal || force) await show(id);
      rebuild = { ...rebuild, state: comparison.equal || force ? 'switched' : 'unequal' };
    } catch (error) {
      if (stopping.signal.aborted) return;
      log.error({ err: error }, 'a generation was not built');
      rebuild = { ...rebuild, state: 'failed', error: (error as Error).message };
    }
  }

  const sides = (a: number, b: number) =>
    [
      { id: a, reader: reader(a) },
      { id: b, reader: reader(b) },
    ] as const;

  return {
    start: prepare,
    async stop() {
      stopping.abort();
      for (const timer of drops.values()) clearTimeout(timer);
      await building;
      await Promise.all([...readers.keys()].map(close));
    },
    active: () => active,
    kafka: () => readers.get(active)?.kafka() ?? 'away',
    behindMs: () => readers.get(active)?.behindMs() ?? Infinity,
    counts: () => ({
      read: [...readers.values()].reduce((sum, own) => sum + own.read(), 0),
      skipped: [...readers.values()].reduce((sum, own) => sum + own.skipped(), 0),
    }),
    async describe() {
      const generations = await listGenerations(pool);
      const described = await Promise.all(
        generations.map((generation) => describeGeneration(pool, generation)),
      );
      const behindMs = reader(active).behindMs();
      return {
        kafka: { state: reader(active).kafka() },
        ...(behindMs < Infinity ? { behindSeconds: Math.round(behindMs / 1_000) } : {}),
        generations: described,
        ...(rebuild ? { rebuild } : {}),
        ...(comparison ? { comparison } : {}),
      };
    },
    async rebuild({ force = false } = {}) {
      await dropUnequal();
      const generation = await beginGeneration(pool);
      if (!generation) return false;
      await open(generation);
      building = build(generation.id, force);
      return true;
    },
    async compare() {
      const other = [...readers.keys()].filter((id) => id !== active).at(-1);
      if (other === undefined) return undefined;
      await building;
      comparison = await compareSides(pool, sides(other, active), () => new Date());
      return comparison;
    },
    async switchBack() {
      if (before === undefined) return undefined;
      await show(before);
      return active;
    },
  };

  /** One that did not become the one that is shown makes room for the next try. */
  async function dropUnequal(): Promise<void> {
    if (rebuild?.state !== 'unequal' && rebuild?.state !== 'failed') return;
    await building;
    for (const { id, state } of await listGenerations(pool)) {
      if (state !== 'building') continue;
      await close(id);
      await dropGeneration(pool, id);
    }
    rebuild = undefined;
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
const isNear = (live: Reader, young: Reader) => live.behindMs() < Infinity && missing(live, young) <= NEAR;

function progressOf(
  live: Reader,
  young: Reader,
  tookMs: number,
): Pick<Rebuild, 'progress' | 'recordsPerSecond' | 'leftSeconds'> {
  const left = Number(missing(live, young));
  const read = young.read();
  const recordsPerSecond = Math.round(read / Math.max(0.001, tookMs / 1_000));
  return {
    progress: read / Math.max(1, read + left),
    recordsPerSecond,
    ...(recordsPerSecond > 0 ? { leftSeconds: Math.ceil(left / recordsPerSecond) } : {}),
  };
}

/** A process that ended while it held records back in memory: its groups have passed them, so all is read again. */
async function readAgainWhatWasHeld({ pool, kafka, topics }: ReadModelOptions, log: Logger): Promise<void> {
  const { rows } = await pool.query<{ id: number; groupId: string }>(
    'select id, group_id as "groupId" from console.generation where frozen',
  );
  for (const { id, groupId } of rows) {
    log.warn({ generation: id }, 'the console ended while two generations were compared; all is read again');
    await resetOffsets(kafka, groupId, [...topics]);
    await pool.query('update console.generation set frozen = false where id = $1', [id]);
  }
}
