/** What a replay or a discard reads and writes, one named operation each. */
import { fromRow } from '@sagakit/kafka/headers';
import type { RawRecord, Refused } from '@sagakit/kafka/record';
import type { Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Queue } from '../dead-letters/blocked-keys.ts';
import { type DeadLetterStatus, printable } from '../dead-letters/dead-letters.ts';

export type LockedDeadLetter = {
  id: string;
  status: DeadLetterStatus;
  reason: string;
  type: string | null;
  blocksKey: boolean;
  attempts: number;
  inboxSource: string | null;
  inboxId: string | null;
  record: RawRecord;
};

/** Only evidence is kept of these, so no replay may take what is there for what was sent. */
const REFUSED: ReadonlySet<string> = new Set(['too-large', 'unreadable-batch'] satisfies Refused['reason'][]);

const COLUMNS = `id, status, reason, error, type, blocks_key as "blocksKey", attempts, inbox_source as "inboxSource", inbox_id as "inboxId",
  topic, partition, "offset"::text as "offset", key, value, headers, raw_headers`;

/** Where the dead letter stands, without a lock: its queue must be locked before it is. */
export async function placeOf(tx: Tx, id: string): Promise<(Queue & { blocksKey: boolean }) | undefined> {
  const { rows } = await tx.query({
    name: 'dead-letters-place',
    text: 'select topic, key, blocks_key as "blocksKey" from dead_letters where id = $1',
    values: [id],
  });
  return rows[0];
}

export async function lockDeadLetter(tx: Tx, id: string): Promise<LockedDeadLetter | undefined> {
  const { rows } = await tx.query({
    name: 'dead-letters-lock',
    text: `select ${COLUMNS} from dead_letters where id = $1 for update`,
    values: [id],
  });
  const [row] = rows;
  if (!row) return undefined;
  const { topic, partition, offset, key, value, headers, raw_headers, error, ...deadLetter } = row;
  const refused = REFUSED.has(deadLetter.reason) ? { refused: { reason: deadLetter.reason, error } } : {};
  return {
    ...deadLetter,
    record: { topic, partition, offset, key, value, headers: fromRow({ headers, raw_headers }), ...refused },
  };
}

/** The first that waits in the queue. */
export async function headOf(
  tx: Tx,
  { topic, key }: Queue,
): Promise<{ id: string; reason: string } | undefined> {
  const { rows } = await tx.query({
    name: 'dead-letters-head',
    text: `select id, reason from dead_letters where topic = $1 and key = $2 and blocks_key and status = 'parked' order by place limit 1`,
    values: [topic, key],
  });
  return rows[0];
}

export function close(id: string, status: 'replayed' | 'discarded', outcome: object): Statement {
  return {
    name: 'dead-letters-close',
    text: `update dead_letters set status = $2, outcome = $3, closed_at = now(),
             attempts = attempts + case when $2 = 'replayed' then 1 else 0 end where id = $1`,
    values: [id, status, JSON.stringify(outcome)],
  };
}

/** It still fails: it stays where it is, and its attempts are counted. */
export function failAgain(id: string, reason: string, error: string): Statement {
  return {
    name: 'dead-letters-fail-again',
    text: 'update dead_letters set reason = $2, error = $3, attempts = attempts + 1 where id = $1',
    values: [id, reason, printable(error)],
  };
}

/** So that the same message, sent again, is taken. */
export function forgetInInbox(consumer: string, { inboxSource, inboxId }: LockedDeadLetter): Statement[] {
  if (inboxSource === null) return [];
  return [
    {
      name: 'inbox-forget',
      text: 'delete from inbox where consumer = $1 and source = $2 and id = $3',
      values: [consumer, inboxSource, inboxId],
    },
  ];
}

export type OperatorRequest = { by: string; reason?: string | undefined };

/** What an operator does: once, however often its transaction is tried. */
export type Action = OperatorRequest & { id: string; action: 'replay' | 'discard' };

export function recordAction(
  { id, action, by, reason }: Action,
  deadLetterId: string,
  outcome: string,
): Statement {
  return {
    name: 'dead-letter-actions-record',
    text: 'insert into dead_letter_actions (id, letter_id, by, action, reason, outcome) values ($1, $2, $3, $4, $5, $6)',
    values: [id, deadLetterId, by, action, reason ?? null, printable(outcome)],
  };
}

export async function isRecorded(tx: Tx, { id }: Action): Promise<boolean> {
  const { rows } = await tx.query({
    name: 'dead-letter-actions-find',
    text: 'select from dead_letter_actions where id = $1',
    values: [id],
  });
  return rows.length > 0;
}
