/**
 * While a parked message waits for an operator, later messages of its key (on the same topic) wait behind it,
 * in order. A blocked key is a row that both the batch and the replay lock, so that no message slips past the
 * one that is being replayed.
 */
import type { RawRecord } from '@sagakit/kafka/record';
import type { Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

/** The queue of one key of one topic. */
export type Queue = { topic: string; key: Buffer };

/**
 * A message's subject has 200 characters at most: what is longer is the key of no message, and blocks
 * nothing.
 */
const LONGEST_KEY_BYTES = 800;

/** Undefined: the record has no key that a message could have, so nothing waits behind it. */
export function queueOf({ topic, key }: Pick<RawRecord, 'topic' | 'key'>): Queue | undefined {
  return key !== null && key.length > 0 && key.length <= LONGEST_KEY_BYTES ? { topic, key } : undefined;
}

/** For sets and maps: two queues with the same name are the same. */
export const nameOf = ({ topic, key }: Queue): string => `${topic}\n${key.toString('latin1')}`;

/** Which of the queues are there, by name; their rows are locked until the transaction ends. */
export async function lockBlocked(tx: Tx, consumer: string, queues: readonly Queue[]): Promise<Set<string>> {
  if (queues.length === 0) return new Set();
  const { rows } = await tx.query<Queue>({
    name: 'blocked-keys-lock',
    text: `select b.topic, b.key from unnest($2::text[], $3::bytea[]) as place (topic, key)
           join blocked_keys b on b.consumer = $1 and b.topic = place.topic and b.key = place.key
           order by b.topic, b.key for update of b`,
    values: [consumer, queues.map(({ topic }) => topic), queues.map(({ key }) => key)],
  });
  return new Set(rows.map(nameOf));
}

export function block(consumer: string, queues: readonly Queue[]): Statement[] {
  if (queues.length === 0) return [];
  return [
    {
      name: 'blocked-keys-block',
      text: `insert into blocked_keys (consumer, topic, key)
             select $1, topic, key from unnest($2::text[], $3::bytea[]) as place (topic, key) order by topic, key
             on conflict do nothing`,
      values: [consumer, queues.map(({ topic }) => topic), queues.map(({ key }) => key)],
    },
  ];
}

/**
 * Frees the key if nothing waits for it any more. Issue it after the dead letter's own change, in the same
 * transaction.
 */
export function unblockIfEmpty(consumer: string, { topic, key }: Queue): Statement {
  return {
    name: 'blocked-keys-unblock',
    text: `delete from blocked_keys where consumer = $1 and topic = $2 and key = $3
           and not exists (select from dead_letters where topic = $2 and key = $3 and blocks_key and status = 'parked')`,
    values: [consumer, topic, key],
  };
}

/**
 * Queues whose head waits behind nothing any more: what it waited for was replayed or discarded, and the
 * process died before going on. In the order of topic and key, `limit` at most.
 *
 * @param after the last one that was seen. Undefined: from the first on
 */
export async function abandonedQueues(
  tx: Tx,
  consumer: string,
  { after, limit }: { after: Queue | undefined; limit: number },
): Promise<Queue[]> {
  const { rows } = await tx.query<Queue>({
    name: 'blocked-keys-abandoned',
    text: `select b.topic, b.key from blocked_keys b
           left join lateral (select reason from dead_letters d
                              where d.topic = b.topic and d.key = b.key and d.blocks_key and d.status = 'parked'
                              order by d.place limit 1) head on true
           where b.consumer = $1 and (b.topic, b.key) > ($3, $4::bytea)
             and coalesce(head.reason, 'waits-behind') = 'waits-behind' order by b.topic, b.key limit $2`,
    values: [consumer, limit, after?.topic ?? '', after?.key ?? Buffer.alloc(0)],
  });
  return rows;
}
