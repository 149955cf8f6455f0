import type { Envelope } from '@sagakit/messages/envelope';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Piggyback, Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

const SEPARATOR = '\u001e';

/** `message` or `erasure` (see erasures.ts), which is JSON that the driver has parsed. */
export type OutboxRow = {
  id: string;
  topic: string;
  key: string;
  message: string | null;
  erasure: StoredMessage['envelope'] | null;
};

/** A message and its JSON, as it is stored; null: it takes back what was said before, and has no value. */
export type StoredMessage = {
  topic: string;
  envelope: Pick<Envelope, 'type' | 'source' | 'subject' | 'correlationid' | 'traceparent'>;
  json: string | null;
};

/** For transactions that write to the outbox: the way to the relay of this process (see outbox-buffer.ts). */
export type OutboxBuffer = Piggyback & {
  /** Called with each row after the COMMIT. */
  add(id: string, message: StoredMessage): void;
};

/**
 * Appends messages in the order given. Commit it while the rows of their subjects are locked: that alone
 * makes the ids of one subject's messages ascend in commit order, and the relay sends by id.
 *
 * @param buffer has them after the COMMIT for the relay of this process, which is woken and need not read
 * them back
 */
export function appendToOutbox(
  catalogue: Catalogue,
  messages: Envelope[],
  buffer?: OutboxBuffer,
): Statement[] {
  if (messages.length === 0) return [];
  const topics = messages.map(({ type }) => catalogue.definitionOf(type).topic);
  const keys = messages.map(({ subject }) => subject);
  // In JSON that character is always escaped, so it can stand between the documents: a quarter cheaper to
  // read than one JSON array.
  const documents = messages.map((message) => JSON.stringify(message));
  return [
    {
      name: 'outbox-append',
      // The column is text: the message is stored as it was written, character by character, and nobody
      // parses it.
      text: `insert into outbox (topic, key, message)
             select topic, key, message
             from unnest($1::text[], $2::text[], string_to_array($3, E'\\x1e')) with ordinality as m (topic, key, message, place)
             order by place
             returning id`,
      values: [topics, keys, documents.join(SEPARATOR)],
      notifies: buffer,
      onRows: (rows: { id: string }[]) =>
        rows.forEach(({ id }, place) =>
          buffer?.add(id, {
            topic: topics[place] as string,
            envelope: messages[place] as Envelope,
            json: documents[place] as string,
          }),
        ),
    },
  ];
}

/**
 * Deletes what was sent and finds what is to be sent next, lowest first. The select sees the rows that the
 * same statement deletes, hence the exclusion. It finds ALL rows there are and never "id > last": ids commit
 * out of order, and a row that commits late would be lost.
 */
export function scanOutbox(sentIds: string[], limit: number): Statement {
  return {
    name: 'outbox-scan',
    text: `with gone as (delete from outbox where id = any($1::bigint[]))
           select id from outbox where id <> all($1::bigint[]) order by id limit $2`,
    values: [sentIds, limit],
  };
}

export async function readOutbox(tx: Tx, ids: string[]): Promise<OutboxRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await tx.query<OutboxRow>({
    name: 'outbox-read',
    text: 'select id, topic, key, message, erasure from outbox where id = any($1::bigint[])',
    values: [ids],
  });
  return rows;
}

/** True if the oldest row waits to be sent for longer than `ms`. */
export async function outboxIsBehind(db: Tx, ms: number): Promise<boolean> {
  const { rows } = await db.query<{ behind: boolean }>({
    name: 'outbox-behind',
    // By the primary key: a search by age would read the whole table, and with it every dead row in it.
    text: `select created_at < now() - $1 * interval '1 ms' as behind from outbox order by id limit 1`,
    values: [ms],
  });
  return rows[0]?.behind ?? false;
}
