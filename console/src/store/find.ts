/** Finds stories by any id: whole, or by its last eight characters (ids of one minute begin alike). */
import type { Pool } from 'pg';
import type { Hit } from '../api.ts';
import { schemaOf } from './schema.ts';

export const SHORT = 8;
export const MOST_HITS = 20;

/** @param q in lower case */
export async function find(db: Pick<Pool, 'query'>, generation: number, q: string): Promise<Hit[]> {
  const g = schemaOf(generation);
  const is = (column: string) => (q.length === SHORT ? `right(${column}, ${SHORT}) = $1` : `${column} = $1`);
  const { rows } = await db.query<Hit & { type: string | null; source: string | null }>(
    `(select 'order' as kind, order_id as id, coalesce(title, '') as label, story, null as type, null as source
        from ${g}.story where ${is('order_id')} limit ${MOST_HITS})
     union all
     (select 'story', story, coalesce(title, subject), story, null, null from ${g}.story where ${is('story')} limit ${MOST_HITS})
     union all
     (select 'trace', trace, 'trace', story, null, null from ${g}.story_trace where ${is('trace')} limit ${MOST_HITS})
     union all
     (select 'message', m.id, type || ' of ' || source, story, type, source from ${g}.message m
        where right(m.id, ${SHORT}) = right($1, ${SHORT}) and ${q.length === SHORT ? 'true' : 'm.id = $1'} limit ${MOST_HITS})`,
    [q],
  );
  const hits = rows.map(({ kind, id, label, story }) => ({ kind, id, label, story }));
  return [...hits, ...(await sagasAmong(db, g, hits))].slice(0, MOST_HITS + 1);
}

/** A saga has the id of the message that started it. */
async function sagasAmong(db: Pick<Pool, 'query'>, g: string, hits: readonly Hit[]): Promise<Hit[]> {
  const messages = hits.filter(({ kind }) => kind === 'message');
  if (messages.length === 0) return [];
  const { rows } = await db.query<{ saga: string; story: string }>(
    `select distinct saga, story from ${g}.message where story = any($1) and saga = any($2) and topic = 'saga.events'`,
    [messages.map(({ story }) => story), messages.map(({ id }) => id)],
  );
  return rows.map(({ saga, story }) => ({ kind: 'saga', id: saga, label: 'saga', story }));
}
