/** Reads one story, by index. */
import type { Pool } from 'pg';
import type { CopyRow, ParkedRow } from '../projection/rows.ts';
import type { StoryInput } from '../story/message.ts';
import { schemaOf } from './schema.ts';

type Db = Pick<Pool, 'query'>;

/** More of one story are counted and not looked at. */
const MAX_MESSAGES = 2_000;
const MAX_COPIES = 1_000;
const MAX_PARKED = 100;
/** What is longer is shown on request alone. */
const MAX_VALUE_READ = 32 * 1024;

/** A time as the folds write it. */
export const iso = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const PLACE = `topic, partition, "offset"::text as "offset"`;

export type StoredStory = Omit<StoryInput, 'definitions'>;

/** Undefined: no message of it is known. */
export async function readStory(db: Db, generation: number, story: string): Promise<StoredStory | undefined> {
  const g = schemaOf(generation);
  const [messages, copies, parked] = await Promise.all([
    readMessages(db, g, story),
    db.query<CopyRow>({
      name: `story-copies-${g}`,
      text: `select ${PLACE}, source, id, story, type, ${iso('logged_at')} as "loggedAt" from ${g}.copy
             where story = $1 order by topic, partition, "offset" limit ${MAX_COPIES}`,
      values: [story],
    }),
    db.query<ParkedRow & { total: number }>({
      name: `story-parked-${g}`,
      text: `select service, ${PLACE}, parked_key as "parkedKey", story, key, type, message_id as "messageId", reason, error,
               attempts, ${iso('parked_at')} as "parkedAt", null as value, count(*) over ()::int as total
             from ${g}.parked where story = $1 order by parked_at, topic, partition, "offset" limit ${MAX_PARKED}`,
      values: [story],
    }),
  ]);
  if (messages.length === 0) return undefined;
  return {
    correlationId: story,
    messages: messages.map(({ total: _, ...row }) => row),
    messageCount: messages[0]?.total ?? 0,
    copies: copies.rows,
    parked: parked.rows.map(({ total: _, ...row }) => row),
    parkedCount: parked.rows[0]?.total ?? 0,
  };
}

type StoredMessage = StoryInput['messages'][number] & { total: number };

async function readMessages(db: Db, g: string, story: string): Promise<StoredMessage[]> {
  const { rows } = await db.query<StoredMessage>({
    name: `story-messages-${g}`,
    text: `select source, id, story, subject, type, ${PLACE}, ${iso('time')} as time, ${iso('logged_at')} as "loggedAt",
             sequence::float8 as sequence, hops, cause, saga, trace, span, version, bytes,
             case when bytes <= ${MAX_VALUE_READ} then value end as value, count(*) over ()::int as total
           from ${g}.message m where story = $1 order by m.time, m.source, m.sequence, m.id limit ${MAX_MESSAGES}`,
    values: [story],
  });
  return rows;
}

export type StoredMessageValue = {
  type: string;
  topic: string;
  partition: number;
  offset: string;
  subject: string;
  trace: string;
  span: string;
  value: string;
  bytes: number;
};

export async function readMessage(
  db: Db,
  generation: number,
  { story, source, id }: { story: string; source: string; id: string },
): Promise<StoredMessageValue | undefined> {
  const { rows } = await db.query<StoredMessageValue>(
    `select type, ${PLACE}, subject, trace, span, value, bytes from ${schemaOf(generation)}.message
     where source = $1 and id = $2 and story = $3`,
    [source, id, story],
  );
  return rows[0];
}
