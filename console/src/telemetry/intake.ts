/**
 * Spans that services or a collector send are looked at, and those of the traces that are kept are stored.
 */
import { briefly, troubleOf } from '@sagakit/postgres/database-errors';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Model } from '../api-model.ts';
import type { SpansOfStory } from '../story/spans.ts';
import type { Hub } from '../stream/hub.ts';
import { createKeeper, LIMITS } from './keep.ts';
import { type ExportTraces, spansIn } from './otlp.ts';
import { createSpanStore, KEPT_HOURS, MOST_TRACES, readSpans } from './store.ts';

export type Telemetry = {
  /** Throws if the database is away: whoever sent them sends them again. Returns how many were no spans. */
  take(traces: ExportTraces): Promise<number>;
  /** The trace was begun here for somebody who looks. */
  always(trace: string): void;
  /** What is here of a story. */
  read(generation: number, story: string): Promise<Omit<SpansOfStory, 'why'>>;
  /** Why it is not all there is of these traces; undefined: it is. */
  whyNotAll(spans: Omit<SpansOfStory, 'why'>, traces: readonly string[]): string | undefined;
  describe(): NonNullable<Model['spans']>;
};

const KEPT = `At most ${LIMITS.perSecond} traces a second are kept, and beyond them those that were placed in the page, undone, parked, failed or slower than ${LIMITS.slowUs / 1_000_000} s; of these the newest ${MOST_TRACES} of ${KEPT_HOURS} hours.`;

export function createTelemetry(options: { pool: Pool; db: Pool; hub: Hub; log: Logger }): Telemetry {
  const { pool, db, hub, log } = options;
  const keeper = createKeeper();
  const store = createSpanStore(pool);

  return {
    async take(traces) {
      const { spans, refused } = spansIn(traces);
      const kept = keeper.take(spans);
      if (kept.spans.length === 0) return refused;
      try {
        keeper.lost(await store.write(kept));
      } catch (error) {
        keeper.lost(kept.spans.length);
        log.warn(
          { ...troubleOf(error), spans: kept.spans.length },
          `spans are not kept: ${briefly(error as Error)}`,
        );
        throw error;
      }
      hub.spans(new Set(kept.spans.flatMap(({ story }) => story ?? [])));
      return refused;
    },
    always: keeper.always,
    read: (generation, story) => readSpans(db, generation, story),
    whyNotAll({ rows, cut }, traces) {
      const have = new Set(rows.map(({ trace }) => trace));
      const missing = traces.filter((trace) => !have.has(trace));
      return whyMissing(missing.map(keeper.fateOf), cut);
    },
    describe: () => ({ ...keeper.counts(), why: KEPT }),
  };
}

function whyMissing(fates: readonly string[], cut: boolean): string | undefined {
  if (cut) return 'There are more spans than are shown.';
  if (fates.includes('dropped') || fates.includes('held')) {
    return `More traces came than are kept. ${KEPT}`;
  }
  return fates.length > 0
    ? 'No spans of it came, or they are no longer kept: what is not sampled where it begins has none.'
    : undefined;
}
