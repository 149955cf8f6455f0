/** Where spans lie: a partition for each hour, so that old ones go at once; of the newest traces alone. */
import { withTransaction } from '@sagakit/postgres/transaction';
import type { Pool } from 'pg';
import { schemaOf } from '../store/schema.ts';
import type { SpanRow } from '../story/spans.ts';
import type { Kept } from './keep.ts';

export const MOST_TRACES = 5_000;
export const KEPT_HOURS = 24;
const HOUR_US = 3_600_000_000;
/** Traces beyond MOST_TRACES are counted now and then. */
const PRUNE_EVERY_MS = 10_000;
/** Of one story that are read. */
const MOST_SPANS = 300;
const MOST_OF_STORY_TRACES = 50;

const hourOf = ({ startUs }: SpanRow) => Math.floor(startUs / HOUR_US);

export type SpanStore = {
  /** Returns how many were not written, since they are not of these hours. */
  write(kept: Kept): Promise<number>;
};

/** @param now milliseconds since 1970 */
export function createSpanStore(pool: Pool, now: () => number = Date.now): SpanStore {
  const hours = new Set<number>();
  let prunedAt = -Infinity;

  async function ensureHours(wanted: ReadonlySet<number>): Promise<void> {
    for (const hour of wanted) {
      if (hours.has(hour)) continue;
      await pool.query(
        `create table if not exists console.span_h${hour} partition of console.span for values in (${hour})`,
      );
      hours.add(hour);
    }
  }

  return {
    async write({ spans, traces }) {
      const present = Math.floor((now() * 1_000) / HOUR_US);
      const timely = spans.filter((span) => {
        const hour = hourOf(span);
        return hour > present - KEPT_HOURS && hour <= present + 1;
      });
      if (timely.length > 0) {
        await ensureHours(new Set(timely.map(hourOf)));
        await insert(pool, timely, traces);
      }
      if (now() - prunedAt > PRUNE_EVERY_MS) {
        prunedAt = now();
        for (const hour of await prune(pool, present)) hours.delete(hour);
      }
      return spans.length - timely.length;
    },
  };
}

const insert = (pool: Pool, spans: readonly SpanRow[], traces: Kept['traces']): Promise<void> =>
  withTransaction(pool, async (tx) => {
    const column = <K extends keyof SpanRow>(name: K) => spans.map((span) => span[name]);
    await tx.commit([
      {
        name: 'traces-kept',
        text: `insert into console.trace (trace, why) select * from unnest($1::text[], $2::text[]) on conflict do nothing`,
        values: [traces.map(({ trace }) => trace), traces.map(({ why }) => why)],
      },
      {
        name: 'spans-kept',
        text: `insert into console.span (hour, trace, span, parent, service, name, kind, start_us, duration_us, failed, story, attributes)
               select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                 $9::bigint[], $10::boolean[], $11::text[], $12::jsonb[])
               on conflict do nothing`,
        values: [
          spans.map(hourOf),
          ...(
            [
              'trace',
              'span',
              'parent',
              'service',
              'name',
              'kind',
              'startUs',
              'durationUs',
              'failed',
              'story',
            ] as const
          ).map(column),
          spans.map(({ attributes }) => JSON.stringify(attributes)),
        ],
      },
    ]);
  });

/** Forgets old hours and all but the newest traces. The hours that went. */
async function prune(pool: Pool, present: number): Promise<number[]> {
  const { rows } = await pool.query<{ hour: number }>(
    `select substr(c.relname, 7)::int as hour from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'console.span'::regclass and substr(c.relname, 7)::int <= $1`,
    [present - KEPT_HOURS],
  );
  for (const { hour } of rows) await pool.query(`drop table if exists console.span_h${hour}`);
  await pool.query(
    `with gone as (
       delete from console.trace where trace in (select trace from console.trace order by kept_at desc offset ${MOST_TRACES})
         or kept_at < clock_timestamp() - interval '${KEPT_HOURS} hours' returning trace)
     delete from console.span s using gone where s.trace = gone.trace`,
  );
  return rows.map(({ hour }) => hour);
}

/** Of all traces of the story, but what says that it belongs to another; by their beginning. */
export async function readSpans(
  db: Pick<Pool, 'query'>,
  generation: number,
  story: string,
): Promise<{ rows: SpanRow[]; cut: boolean }> {
  const g = schemaOf(generation);
  const { rows } = await db.query<SpanRow>({
    name: `story-spans-${g}`,
    text: `select trace, span, parent, service, name, kind, start_us::float8 as "startUs", duration_us::float8 as "durationUs",
             failed, story, attributes
           from console.span where trace = any (array(select distinct trace from ${g}.message where story = $1 limit ${MOST_OF_STORY_TRACES}))
             and (story is null or story = $1)
           order by start_us, span limit ${MOST_SPANS + 1}`,
    values: [story],
  });
  return { rows: rows.slice(0, MOST_SPANS), cut: rows.length > MOST_SPANS };
}
