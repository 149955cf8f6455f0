/** Writes what a batch of records says: one transaction, two trips. */
import { type PipelinedTx, withTransaction } from '@sagakit/postgres/transaction';
import type { Pool } from 'pg';
import { copyOf, minuteOf, OUTLASTS } from '../projection/fold.ts';
import { addMinutes as joinMinutes } from '../projection/join-rows.ts';
import {
  byPlace,
  type CopyRow,
  type MessageRow,
  messageKey,
  minuteKey,
  type Place,
  placeKey,
  type Rows,
} from '../projection/rows.ts';
import { dayOf, dropOldDays, ensureDay } from './days.ts';
import { schemaOf } from './schema.ts';
import { addMinutes, insertCopies, insertMessages, joinStatements, replaceMessages } from './statements.ts';

export type Writer = {
  /** Stories that got messages, with how many; empty if all was known. */
  write(rows: Rows): Promise<Map<string, number>>;
};

/** @param now milliseconds since 1970 */
export function createWriter(pool: Pool, generation: number, now: () => number = Date.now): Writer {
  const days = new Set<number>();

  async function ensureDays(messages: Iterable<MessageRow>): Promise<void> {
    const missing = new Set<number>();
    for (const { id } of messages) {
      const day = dayOf(id, now());
      if (day !== undefined && !days.has(day)) missing.add(day);
    }
    for (const day of missing) {
      await withTransaction(pool, (tx) => ensureDay(tx, generation, day));
      days.add(day);
    }
    // A day begins: the topics have forgotten another. No timer, and nothing grows while nothing comes.
    if (missing.size > 0) await withTransaction(pool, (tx) => dropOldDays(tx, generation, now()));
  }

  return {
    async write(given) {
      const rows = withoutLate(given, now());
      await ensureDays(rows.messages.values());
      return withTransaction(pool, async (tx) => {
        const fresh = await writeMessages(tx, generation, rows);
        const minutes: Rows['minutes'] = new Map();
        for (const record of fresh) {
          const minute = minuteOf(record);
          const before = minutes.get(minuteKey(minute));
          minutes.set(minuteKey(minute), before ? joinMinutes(before, minute) : minute);
        }
        const counted = minutes.size > 0 ? [addMinutes(generation, minutes)] : [];
        await tx.commit([...joinStatements(generation, rows), ...counted]);
        const byStory = Map.groupBy(fresh, ({ story }) => story);
        return new Map([...byStory].map(([story, records]) => [story, records.length]));
      });
    },
  };
}

/** What its topic keeps for ever, of days whose other messages are forgotten, is left out. */
function withoutLate(rows: Rows, now: number): Rows {
  const isLate = ({ topic, id }: MessageRow) => OUTLASTS.has(topic) && dayOf(id, now) === undefined;
  const kept = [...rows.messages].filter(([, message]) => !isLate(message));
  return kept.length === rows.messages.size ? rows : { ...rows, messages: new Map(kept) };
}

/** The records that were not there before. */
async function writeMessages(tx: PipelinedTx, generation: number, rows: Rows): Promise<CopyRow[]> {
  if (rows.messages.size === 0) return [];
  const messages = [...rows.messages.values()];
  const inserted = await tx.query<{ source: string; id: string }>(insertMessages(generation, messages));
  const there = new Set(inserted.rows.map(messageKey));
  const fresh = messages.filter((message) => there.has(messageKey(message)));
  const known = messages.filter((message) => !there.has(messageKey(message)));
  if (known.length === 0 && rows.copies.size === 0) return fresh.map(copyOf);
  return [...fresh.map(copyOf), ...(await settleCopies(tx, generation, known, [...rows.copies.values()]))];
}

/** Messages that were there, from the same place or another: of two the one that lies first keeps the row. */
async function settleCopies(
  tx: PipelinedTx,
  generation: number,
  known: readonly MessageRow[],
  copies: readonly CopyRow[],
): Promise<CopyRow[]> {
  const stored = new Map((await storedOf(tx, generation, known)).map((row) => [messageKey(row), row]));
  const storedPlaces = new Set([...stored.values()].map(placeKey));
  const first: MessageRow[] = [];
  const later = new Map(copies.map((copy) => [placeKey(copy), copy]));
  for (const message of known) {
    const before = stored.get(messageKey(message));
    const order = before ? byPlace(message, before) : 0;
    if (order < 0) first.push(message);
    if (order > 0) later.set(placeKey(message), copyOf(message));
    if (order < 0 && before) later.set(placeKey(before), before);
  }
  // What is the message itself is no copy of it.
  for (const [key, row] of stored) {
    if (!first.some((message) => messageKey(message) === key)) later.delete(placeKey(row));
  }
  if (first.length > 0) await tx.query(replaceMessages(generation, first));
  if (later.size === 0) return first.map(copyOf);
  const rows = [...later].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, copy]) => copy);
  const inserted = await tx.query<Place>(insertCopies(generation, rows));
  const added = new Set(inserted.rows.map(placeKey));
  const fresh = rows.filter((copy) => added.has(placeKey(copy)) && !storedPlaces.has(placeKey(copy)));
  return [...first.map(copyOf), ...fresh];
}

async function storedOf(
  tx: PipelinedTx,
  generation: number,
  known: readonly MessageRow[],
): Promise<CopyRow[]> {
  if (known.length === 0) return [];
  const { rows } = await tx.query<CopyRow>({
    name: `messages-stored-g${generation}`,
    text: `select topic, partition, "offset"::text as "offset", source, id, story, type,
             to_char(logged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "loggedAt"
           from ${schemaOf(generation)}.message m
           join unnest($1::text[], $2::text[]) k(key_source, key_id) on m.source = k.key_source and m.id = k.key_id
           order by source, id for update of m`,
    values: [known.map(({ source }) => source), known.map(({ id }) => id)],
  });
  return rows;
}
