/** Parked messages: what is kept of them, and how an operator sees them. */
import { fromRow, type ShownHeader, toShown, toStored, toTexts } from '@sagakit/kafka/headers';
import type { RawRecord, Refused } from '@sagakit/kafka/record';
import type { Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import { queueOf } from './blocked-keys.ts';

/** Why a record is parked. A closed set: it is a metric label, a header and a filter. */
export type ParkReason =
  | Refused['reason']
  | 'not-json'
  | 'not-an-envelope'
  | 'schema-invalid'
  | 'unknown-command'
  | 'key-is-not-subject'
  | 'wrong-topic'
  | 'wrong-source'
  | 'too-many-hops'
  | 'decision-failed'
  | 'data-error'
  | 'waits-behind'
  | 'effect-gave-up';

/** What is about to be parked. */
export type Parked = {
  id: string;
  reason: ParkReason;
  error: string;
  /** For the log: PostgreSQL's SQLSTATE. It is not stored. */
  code?: string | undefined;
  attempts: number;
  type?: string | undefined;
  correlationid?: string | undefined;
  record: RawRecord;
  /** Its place in the inbox, if it has an id that can be sent again. */
  inbox?: { source: string; id: string } | undefined;
};

export type DeadLetterStatus = 'parked' | 'replayed' | 'discarded';

/** A parked message as the operator sees it. */
export type DeadLetter = {
  id: string;
  status: DeadLetterStatus;
  key: string | null;
  type?: string;
  reason: string;
  error: string;
  /** How often it was tried; 0 while it only waits behind another. */
  attempts: number;
  topic: string;
  partition: number;
  offset: string;
  correlationId?: string;
  parkedAt: string;
  closedAt?: string;
  /** What came of the replay. */
  outcome?: unknown;
  /** Why the broker refuses the copy on `<service>.dlq`. */
  copyError?: string;
};

export type DeadLetterAction = {
  at: string;
  by: string;
  action: string;
  reason: string | null;
  outcome: string;
};

/**
 * With what was received. Texts have what is not UTF-8 in them replaced; base64 is exact, and null is null,
 * not empty.
 */
export type WholeDeadLetter = DeadLetter & {
  keyBase64: string | null;
  value: string | null;
  valueBase64: string | null;
  /** In the order in which they came; a name may come twice. */
  headers: ShownHeader[];
  /** The message that must be replayed or discarded first; absent if nothing is before it. */
  waitsBehind?: string;
  /** Messages that wait behind this one. */
  behind: number;
  actions: DeadLetterAction[];
};

/** Postgres keeps no NUL in text: in an error's words it is shown as what it is. */
export const printable = (text: string) => text.replaceAll('\u0000', '\\u0000').slice(0, 4000);

/** A dead letter with an id that is known is parked again: its attempts add up. */
export function park(deadLetters: Parked[]): Statement[] {
  return deadLetters.map(({ id, reason, error, attempts, type, correlationid, record, inbox }) => ({
    name: 'dead-letters-park',
    text: `insert into dead_letters as d (id, reason, error, attempts, topic, partition, "offset", key, value, headers, type, correlation_id,
             blocks_key, inbox_source, inbox_id, raw_headers)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
           on conflict (id) do update set status = 'parked', reason = excluded.reason, error = excluded.error,
             attempts = d.attempts + excluded.attempts, copied_at = null, closed_at = null`,
    values: [
      id,
      reason,
      printable(error),
      attempts,
      record.topic,
      record.partition,
      record.offset,
      record.key,
      record.value,
      JSON.stringify(toTexts(record.headers)),
      type === undefined ? null : printable(type),
      correlationid === undefined ? null : printable(correlationid),
      reason !== 'effect-gave-up' && queueOf(record) !== undefined,
      inbox?.source ?? null,
      inbox?.id ?? null,
      JSON.stringify(toStored(record.headers)),
    ],
  }));
}

const COLUMNS = `id, status, key, type, reason, error, attempts, topic, partition, "offset"::text as "offset",
  correlation_id as "correlationId", parked_at as "parkedAt", closed_at as "closedAt", outcome, copy_error as "copyError"`;

type Shown = {
  id: string;
  status: DeadLetterStatus;
  key: Buffer | null;
  type: string | null;
  reason: string;
  error: string;
  attempts: number;
  topic: string;
  partition: number;
  offset: string;
  correlationId: string | null;
  parkedAt: Date;
  closedAt: Date | null;
  outcome: unknown;
  copyError: string | null;
};

function shown({
  key,
  type,
  correlationId,
  parkedAt,
  closedAt,
  outcome,
  copyError,
  ...rest
}: Shown): DeadLetter {
  return {
    ...rest,
    key: key?.toString('utf8') ?? null,
    ...(type ? { type } : {}),
    ...(correlationId ? { correlationId } : {}),
    parkedAt: parkedAt.toISOString(),
    ...(closedAt ? { closedAt: closedAt.toISOString() } : {}),
    ...(outcome ? { outcome } : {}),
    ...(copyError ? { copyError } : {}),
  };
}

/** All filters are optional. `parkedBefore` is an ISO time. */
export type DeadLetterFilter = {
  status?: DeadLetterStatus | undefined;
  type?: string | undefined;
  reason?: string | undefined;
  key?: string | undefined;
  topic?: string | undefined;
  correlationId?: string | undefined;
  parkedBefore?: string | undefined;
};

/**
 * Where a dead letter stands in a list. `parkedAt` to the microsecond, as it is stored: all that one batch
 * parks is parked in the same millisecond.
 */
export type DeadLetterPlace = { parkedAt: string; id: string };

/** A page, newest first. `before` is the place of the last dead letter of the page before. */
export async function listDeadLetters(
  db: Tx,
  page: DeadLetterFilter & { limit: number; before?: DeadLetterPlace | undefined },
): Promise<{ deadLetter: DeadLetter; place: DeadLetterPlace }[]> {
  const { rows } = await db.query<Shown & { micros: string }>({
    text: `select ${COLUMNS}, to_char(parked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as micros from dead_letters
           where ($1::timestamptz is null or (parked_at, id) < ($1::timestamptz, $2::uuid))
             and ($4::text is null or status = $4) and ($5::text is null or type = $5) and ($6::text is null or reason = $6)
             and ($7::text is null or key = convert_to($7, 'UTF8')) and ($8::text is null or topic = $8)
             and ($9::text is null or correlation_id = $9) and ($10::timestamptz is null or parked_at < $10)
           order by parked_at desc, id desc limit $3`,
    values: [
      page.before?.parkedAt ?? null,
      page.before?.id ?? null,
      page.limit,
      page.status ?? null,
      page.type ?? null,
      page.reason ?? null,
      page.key ?? null,
      page.topic ?? null,
      page.correlationId ?? null,
      page.parkedBefore ?? null,
    ],
  });
  return rows.map(({ micros, ...row }) => ({
    deadLetter: shown(row),
    place: { parkedAt: micros, id: row.id },
  }));
}

export async function findDeadLetter(db: Tx, id: string): Promise<WholeDeadLetter | undefined> {
  type Whole = Shown &
    Parameters<typeof fromRow>[0] & { value: Buffer | null; head: string | null; behind: number };
  const { rows } = await db.query<Whole>({
    text: `select ${COLUMNS}, value, headers, raw_headers,
             (select h.id from dead_letters h where h.topic = d.topic and h.key = d.key and h.blocks_key and h.status = 'parked'
                and h.place < d.place and d.blocks_key and d.status = 'parked' order by h.place limit 1) as head,
             (select count(*)::int from dead_letters b where b.topic = d.topic and b.key = d.key and b.blocks_key and b.status = 'parked'
                and b.place > d.place and d.blocks_key and d.status = 'parked') as behind
           from dead_letters d where id = $1`,
    values: [id],
  });
  const row = rows[0];
  if (!row) return undefined;
  const { value, headers, raw_headers, head, behind, ...rest } = row;
  const actions = await db.query<Omit<DeadLetterAction, 'at'> & { at: Date }>({
    // The newest, oldest of them first.
    text: `select at, by, action, reason, outcome from (
             select * from dead_letter_actions where letter_id = $1 order by at desc, id desc limit 200) newest order by at, id`,
    values: [id],
  });
  return {
    ...shown(rest),
    keyBase64: rest.key?.toString('base64') ?? null,
    value: value?.toString('utf8') ?? null,
    valueBase64: value?.toString('base64') ?? null,
    headers: toShown(fromRow({ headers, raw_headers })),
    ...(head ? { waitsBehind: head } : {}),
    behind,
    actions: actions.rows.map(({ at, ...action }) => ({ at: at.toISOString(), ...action })),
  };
}
