/**
 * The generations that are read at this moment, which of them is shown, and when one that is not is dropped.
 */
import type { KafkaConnection } from '@sagakit/kafka/connection';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Hub } from '../stream/hub.ts';
import { dropGeneration, type GenerationRow, switchTo } from './generations.ts';
import { storedPositions } from './positions.ts';
import { createReader, type Reader } from './reader.ts';
import { createWriter } from './write.ts';

export type Shelf = {
  open(generation: GenerationRow): Promise<void>;
  close(id: number): Promise<void>;
  /** Throws if it is not read. */
  reader(id: number): Reader;
  ids(): number[];
  /** 0: not known yet. */
  active(): number;
  /** The one that was shown before, until it is dropped. */
  before(): number | undefined;
  /** What a start finds. */
  remember(known: { active: number; retired: readonly number[] }): void;
  show(id: number): Promise<void>;
  stop(): Promise<void>;
};

export type ShelfOptions = {
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

/** One date for each generation that is to be dropped. */
function createDrops(
  drop: (id: number) => Promise<void>,
  { keepRetiredMs = TEN_MINUTES_MS, log }: Pick<ShelfOptions, 'keepRetiredMs' | 'log'>,
) {
  const timers = new Map<number, NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();
  /** Whether it had a date. */
  function forget(id: number): boolean {
    clearTimeout(timers.get(id));
    return timers.delete(id);
  }
  function now(id: number): void {
    forget(id);
    const done = drop(id)
      .catch((error: unknown) => log.error({ err: error }, 'a generation was not dropped'))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }
  return {
    forget,
    later(id: number): void {
      forget(id);
      timers.set(id, setTimeout(now, keepRetiredMs, id));
    },
    /** Those that wait for their date need not. */
    allNow: () => [...timers.keys()].forEach(now),
    async stop(): Promise<void> {
      timers.forEach((timer) => clearTimeout(timer));
      await Promise.all(underWay);
    },
  };
}

export function createShelf(options: ShelfOptions): Shelf {
  const { pool, hub, log } = options;
  const readers = new Map<number, Reader>();
  let active = 0;
  let before: number | undefined;

  function reader(id: number): Reader {
    const found = readers.get(id);
    if (!found) throw new Error(`generation ${id} is not read here`);
    return found;
  }

  async function close(id: number): Promise<void> {
    const own = readers.get(id);
    readers.delete(id);
    await own?.stop();
  }

  async function drop(id: number): Promise<void> {
    if (before === id) before = undefined;
    await close(id);
    await dropGeneration(pool, id);
    log.info({ dropped: id }, 'the generation before is dropped');
  }

  const drops = createDrops(drop, options);

  return {
    reader,
    close,
    ids: () => [...readers.keys()],
    active: () => active,
    before: () => before,
    async open(generation) {
      if (readers.has(generation.id)) return;
      const changed = (stories: ReadonlyMap<string, number>) => {
        if (generation.id === active) hub.changed(stories);
      };
      readers.set(generation.id, await openReader(options, generation, changed));
    },
    remember(known) {
      active = known.active;
      before = known.retired.at(-1);
      known.retired.forEach(drops.later);
    },
    async show(id) {
      const hadDate = drops.forget(id);
      await switchTo(pool, id).catch((error: unknown) => {
        if (hadDate) drops.later(id);
        throw error;
      });
      // Two may have asked for the same.
      const old = active;
      if (old === id) return;
      active = id;
      before = old;
      // Nobody can switch further back than to this one: what is built again and again must not pile up.
      drops.allNow();
      drops.later(old);
      hub.model({ generation: id, kafka: reader(id).kafka() });
      log.info({ from: old, to: id }, 'another generation is shown');
    },
    async stop() {
      await Promise.all([drops.stop(), ...[...readers.keys()].map(close)]);
    },
  };
}

async function openReader(
  { pool, kafka, log, ...options }: ShelfOptions,
  { id, groupId }: GenerationRow,
  onWritten: (stories: ReadonlyMap<string, number>) => void,
): Promise<Reader> {
  const reader = createReader({
    ...options,
    kafka: { ...kafka, clientId: `${kafka.clientId}-g${id}` },
    groupId,
    writer: createWriter(pool, id),
    onWritten,
    log: log.child({ generation: id }),
  });
  reader.startAt(await storedPositions(pool, id));
  reader.start();
  return reader;
}
