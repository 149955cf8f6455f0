/**
 * The read model at work: a reader for each generation, which one is shown, and building another one beside
 * it.
 */
import type { Comparison, Model, Reading } from '../api-model.ts';
import { behindMs, readingOf } from './behind.ts';
import { listGenerations, prepareGenerations, readAgainWhatWasHeld } from './generations.ts';
import { describeGeneration } from './positions.ts';
import { createRebuilding, type NotCompared } from './rebuild.ts';
import { createShelf, type ShelfOptions } from './shelf.ts';

export type ReadModel = {
  /** Makes the tables and begins to read. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The generation that is shown. */
  active(): number;
  kafka(): 'joined' | 'away';
  /** How long ago everything that had been written was in the model, in milliseconds; Infinity: not known. */
  behindMs(): number;
  reading(): Reading;
  counts(): { read: number; skipped: number };
  describe(): Promise<Model>;
  /** False: one is being built already. It goes on by itself; see `describe`. */
  rebuild(options: { force: boolean }): Promise<boolean>;
  /** Of the two newest; else why not. */
  compare(): Promise<Comparison | NotCompared>;
  /** To the generation that was shown before. Undefined: there is none. */
  switchBack(): Promise<number | undefined>;
};

export function createReadModel(options: ShelfOptions): ReadModel {
  const { pool, log } = options;
  const shelf = createShelf(options);
  const rebuilding = createRebuilding({ pool, shelf, log });
  const shown = () => (shelf.ids().includes(shelf.active()) ? shelf.reader(shelf.active()) : undefined);
  const sum = (of: 'read' | 'skipped') =>
    shelf.ids().reduce((total, id) => total + shelf.reader(id)[of](), 0);
  const kafka = () => shown()?.kafka() ?? 'away';
  const standing = () => shown()?.standing();
  const reading = (): Reading => {
    const now = standing();
    return now ? readingOf(now) : { state: kafka() === 'away' ? 'away' : 'catching-up' };
  };

  return {
    active: shelf.active,
    kafka,
    behindMs() {
      const now = standing();
      return now ? behindMs(now) : Infinity;
    },
    reading,
    counts: () => ({ read: sum('read'), skipped: sum('skipped') }),
    rebuild: ({ force }) => rebuilding.begin(force),
    compare: rebuilding.compare,
    async start() {
      for (const generation of await readAgainWhatWasHeld(pool))
        log.warn({ generation }, 'the console ended while two generations were compared; all is read again');
      const generations = await prepareGenerations(pool);
      const of = (wanted: string) => generations.flatMap(({ id, state }) => (state === wanted ? [id] : []));
      shelf.remember({ active: of('active')[0] ?? 0, retired: of('retired') });
      for (const generation of generations) await shelf.open(generation);
      for (const id of of('building')) rebuilding.resume(id);
    },
    async stop() {
      await rebuilding.stop();
      await shelf.stop();
    },
    async describe() {
      // Looked at first: what it says is done is then seen in the generations too.
      const progress = rebuilding.state();
      const generations = await listGenerations(pool);
      const now = reading();
      return {
        kafka: { state: kafka() },
        reading: now,
        ...(now.behindSeconds === undefined ? {} : { behindSeconds: now.behindSeconds }),
        generations: await Promise.all(generations.map((generation) => describeGeneration(pool, generation))),
        ...progress,
      };
    },
    async switchBack() {
      const before = shelf.before();
      if (before !== undefined) await shelf.show(before);
      return before;
    },
  };
}
