import type { ChangedRow, Row } from '@sagakit/messaging/aggregate/rows';
import { saveRows, writeRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { SagaRow } from './saga-row.ts';
import { fromStored, type StoredState, toStored } from './stored-state.ts';
import type { SagaSubject } from '../release.ts';

type Stored = {
  subject: string;
  version: number;
  sequence: number;
  saga_id: string;
  state: StoredState;
  correlation_id: string;
  last_command: SagaRow['lastCommand'];
  cancel_request: SagaRow['cancelRequest'] | null;
  alarm_at: Date | null;
  earlier: StoredState[];
};

/** Locks in key order, so that two batches with the same keys cannot wait for each other. */
export async function lockSagas(tx: Tx, subject: SagaSubject, keys: string[]): Promise<Row<SagaRow>[]> {
  const { rows } = await tx.query<Stored>({
    name: 'sagas-lock',
    text: `select ${subject.column} as subject, version, sequence, saga_id, state, correlation_id, last_command, cancel_request, alarm_at, earlier
           from sagas where ${subject.column} = any($1::${subject.type}[]) order by ${subject.column} for update`,
    values: [keys],
  });
  return rows.map((row) => ({
    key: row.subject,
    version: row.version,
    sequence: row.sequence,
    replies: {},
    state: {
      sagaId: row.saga_id,
      saga: fromStored(row.state, subject),
      correlationId: row.correlation_id,
      lastCommand: row.last_command,
      cancelRequest: row.cancel_request ?? undefined,
      partition: 0,
      alarmAt: row.alarm_at?.toISOString(),
      earlier: row.earlier.map((saga) => fromStored(saga, subject)),
    },
  }));
}

const deadlineOf = ({ saga }: SagaRow): string | null => ('waiting' in saga ? saga.waiting.deadline : null);

/**
 * Saves sagas and sets their alarms. An alarm is written when a saga begins, when its deadline comes nearer,
 * and when it has rung too early; not at every step, since most sagas end before any alarm rings.
 */
export function saveSagas(rows: ChangedRow<SagaRow>[], subject: SagaSubject): Statement[] {
  const alarms: Alarm[] = [];
  const ended: string[] = [];
  const values = rows.map(({ key, version, sequence, state }) => {
    const deadline = deadlineOf(state);
    if (deadline === null) ended.push(key);
    else if (state.alarmAt === undefined || deadline < state.alarmAt) {
      alarms.push({ [subject.column]: key, partition: state.partition, due_at: deadline });
    }
    const alarm =
      deadline !== null && (state.alarmAt === undefined || deadline < state.alarmAt)
        ? deadline
        : state.alarmAt;
    return {
      [subject.column]: key,
      version,
      sequence,
      saga_id: state.sagaId,
      name: state.saga.name,
      saga_version: state.saga.version,
      status: state.saga.status,
      state: toStored(state.saga, subject),
      correlation_id: state.correlationId,
      last_command: state.lastCommand,
      cancel_request: state.cancelRequest ?? null,
      deadline_at: deadline,
      alarm_at: deadline === null ? null : alarm,
      earlier: state.earlier.map((saga) => toStored(saga, subject)),
      started_at: state.saga.startedAt,
    };
  });
  const saved = saveRows(
    'sagas-save',
    `insert into sagas as s (${subject.column}, version, sequence, saga_id, name, saga_version, status, state, correlation_id,
             last_command, cancel_request, deadline_at, alarm_at, earlier, started_at, updated_at)
           select ${subject.column}, version, sequence, saga_id, name, saga_version, status, state, correlation_id,
             last_command, cancel_request, deadline_at, alarm_at, earlier, started_at, now()
           from jsonb_to_recordset($1::jsonb) as r (${subject.column} ${subject.type}, version int, sequence int, saga_id text, name text, saga_version int,
             status text, state jsonb, correlation_id text, last_command jsonb, cancel_request jsonb, deadline_at timestamptz,
             alarm_at timestamptz, earlier jsonb, started_at timestamptz)
           on conflict (${subject.column}) do update set version = excluded.version, sequence = excluded.sequence, saga_id = excluded.saga_id,
             name = excluded.name, saga_version = excluded.saga_version, status = excluded.status, state = excluded.state,
             last_command = excluded.last_command, cancel_request = excluded.cancel_request, deadline_at = excluded.deadline_at,
             alarm_at = excluded.alarm_at, earlier = excluded.earlier, started_at = excluded.started_at, updated_at = now()
           where s.version = excluded.version - 1`,
    values,
  );
  return [...saved, ...setAlarms(alarms, subject), ...endAlarms(ended, subject)];
}

type Alarm = { [column: string]: string | number };

function setAlarms(alarms: Alarm[], subject: SagaSubject): Statement[] {
  return writeRows(
    'deadlines-set',
    `insert into deadlines (${subject.column}, partition, due_at)
           select ${subject.column}, partition, due_at from jsonb_to_recordset($1::jsonb) as r (${subject.column} ${subject.type}, partition int, due_at timestamptz)
           on conflict (${subject.column}) do update set due_at = excluded.due_at`,
    alarms,
  );
}

function endAlarms(keys: string[], subject: SagaSubject): Statement[] {
  if (keys.length === 0) return [];
  const text = `delete from deadlines where ${subject.column} = any($1::${subject.type}[])`;
  return [{ name: 'deadlines-end', text, values: [keys] }];
}

/**
 * Subjects whose alarm had rung `readAgoMs` ago, by the database's clock, in the partitions given, oldest
 * first.
 */
export async function dueAlarms(
  db: Tx,
  subject: SagaSubject,
  partitions: number[],
  limit: number,
  readAgoMs: number,
): Promise<{ subject: string; lastCommand: SagaRow['lastCommand'] }[]> {
  const { rows } = await db.query({
    name: 'deadlines-due',
    text: `select d.${subject.column} as subject, s.last_command as "lastCommand"
           from deadlines d join sagas s using (${subject.column})
           where d.due_at <= now() - $3 * interval '1 millisecond' and d.partition = any($1::int[]) order by d.due_at limit $2`,
    values: [partitions, limit, Math.ceil(readAgoMs)],
  });
  return rows;
}

/** The definitions that sagas under way were started with, and how many of each. */
export async function liveVersions(db: Tx): Promise<{ name: string; version: number; live: number }[]> {
  const { rows } = await db.query<{ name: string; version: number; live: number }>({
    name: 'sagas-live-versions',
    text: `select name, saga_version as version, count(*)::int as live from sagas
           where status = any('{running,compensating,needs-attention}') group by 1, 2 order by 1, 2`,
    values: [],
  });
  return rows;
}
