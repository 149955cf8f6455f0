import type { ParkReason, RawRecord } from './open.ts';
import type { Statement } from './statement.ts';
import type { Tx } from './transaction.ts';

/** What is about to be parked. */
export type Parked = {
  id: string;
  reason: ParkReason;
  error: string;
  attempts: number;
  type?: string | undefined;
  correlationid?: string | undefined;
  record: RawRecord;
};

/** A parked message as the operator sees it. */
export type DeadLetter = {
  id: string;
  status: 'parked' | 'replayed' | 'discarded';
  key: string | null;
  type?: string;
  reason: string;
  error: string;
  attempts: number;
  topic: string;
  partition: number;
  offset: string;
  correlationId?: string;
  parkedAt: string;
};

/** Postgres keeps no NUL in text: in an error's words it is shown as what it is. */
const printable = (text: string) => text.replaceAll('\u0000', '\\u0000').slice(0, 4000);

export function park(letters: Parked[]): Statement[] {
  return letters.map(({ id, reason, error, attempts, type, correlationid, record }) => ({
    name: 'dead-letters-park',
    text: `insert into dead_letters (id, reason, error, attempts, topic, partition, "offset", key, value, headers, type, correlation_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
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
      printable(JSON.stringify(record.headers)),
      type === undefined ? null : printable(type),
      correlationid === undefined ? null : printable(correlationid),
    ],
  }));
}

export type UncopiedLetter = Omit<Parked, 'type' | 'correlationid'> & { parkedAt: Date };

/** Those whose copy on `<service>.dlq` was not acknowledged yet, oldest first. */
export async function uncopied(tx: Tx, limit: number): Promise<UncopiedLetter[]> {
  const { rows } = await tx.query({
    name: 'dead-letters-uncopied',
    text: `select id, reason, error, attempts, parked_at as "parkedAt", topic, partition, "offset"::text, key, value, headers
           from dead_letters where copied_at is null order by parked_at limit $1`,
    values: [limit],
  });
  return rows.map(({ topic, partition, offset, key, value, headers, ...letter }) => ({
    ...letter,
    record: { topic, partition, offset, key, value, headers },
  }));
}

export async function markCopied(tx: Tx, ids: string[]): Promise<void> {
  await tx.query({
    name: 'dead-letters-copied',
    text: 'update dead_letters set copied_at = now() where id = any($1::uuid[])',
    values: [ids],
  });
}

const COLUMNS = `id, status, key, type, reason, error, attempts, topic, partition, "offset"::text as "offset",
  correlation_id as "correlationId", parked_at as "parkedAt"`;

type Shown = Omit<DeadLetter, 'key' | 'parkedAt'> & { key: Buffer | null; parkedAt: Date };

const shown = ({ key, type, correlationId, parkedAt, ...rest }: Shown): DeadLetter => ({
  ...rest,
  key: key?.toString('utf8') ?? null,
  ...(type ? { type } : {}),
  ...(correlationId ? { correlationId } : {}),
  parkedAt: parkedAt.toISOString(),
});

/** A page, newest first. `before` is the last letter of the page before. */
export async function listDeadLetters(
  db: Tx,
  { limit, before }: { limit: number; before?: { parkedAt: string; id: string } | undefined },
): Promise<DeadLetter[]> {
  const { rows } = await db.query<Shown>({
    text: `select ${COLUMNS} from dead_letters
           where $1::timestamptz is null or (parked_at, id) < ($1::timestamptz, $2::uuid)
           order by parked_at desc, id desc limit $3`,
    values: [before?.parkedAt ?? null, before?.id ?? null, limit],
  });
  return rows.map(shown);
}

/** One letter with what was received: `value` as text where it is UTF-8, and always as base64. */
export async function findDeadLetter(
  db: Tx,
  id: string,
): Promise<(DeadLetter & { value: string | null; valueBase64: string | null; headers: Record<string, string> }) | undefined> {
  const { rows } = await db.query<Shown & { value: Buffer | null; headers: Record<string, string> }>({
    text: `select ${COLUMNS}, value, headers from dead_letters where id = $1`,
    values: [id],
  });
  const row = rows[0];
  if (!row) return undefined;
  const { value, headers, ...rest } = row;
  return { ...shown(rest), value: value?.toString('utf8') ?? null, valueBase64: value?.toString('base64') ?? null, headers };
}
