import type { ChangedRow, Row } from '@order-saga/messaging/rows';
import { saveRows, writeRows, type Statement } from '@order-saga/messaging/statement';
import type { Tx } from '@order-saga/messaging/transaction';
import type { SagaRow } from '../messages/saga-row.ts';

type Stored = {
  order_id: string;
  version: number;
  sequence: number;
  saga_id: string;
  state: SagaRow['saga'];
  correlation_id: string;
  last_command: SagaRow['lastCommand'];
  cancel_request: SagaRow['cancelRequest'] | null;
  alarm_at: Date | null;
  earlier: SagaRow['earlier'];
};

/** Locks in key order, so that two batches with the same orders cannot wait for each other. */
export async function lockSagas(tx: Tx, orderIds: string[]): Promise<Row<SagaRow>[]> {
  const { rows } = await tx.query<Stored>({
    name: 'sagas-lock',
    text: `select order_id, version, sequence, saga_id, state, correlation_id, last_command, cancel_request, alarm_at, earlier
           from sagas where order_id = any($1::uuid[]) order by order_id for update`,
    values: [orderIds],
  });
  return rows.map((row) => ({
    key: row.order_id,
    version: row.version,
    sequence: row.sequence,
    answers: {},
    state: {
      sagaId: row.saga_id,
      saga: row.state,
      correlationId: row.correlation_id,
      lastCommand: row.last_command,
      cancelRequest: row.cancel_request ?? undefined,
      partition: 0,
      alarmAt: row.alarm_at?.toISOString(),
      earlier: row.earlier,
    },
  }));
}

const deadlineOf = ({ saga }: SagaRow): string | null => ('waiting' in saga ? saga.waiting.deadline : null);

/**
 * Saves sagas and sets their alarms. An alarm is written when a saga begins, when its deadline comes nearer, and when it has rung
 * too early; not at every step, since most sagas end before any alarm rings.
 */
export function saveSagas(rows: ChangedRow<SagaRow>[]): Statement[] {
  const alarms: { order_id: string; partition: number; due_at: string }[] = [];
  const ended: string[] = [];
  const values = rows.map(({ key, version, sequence, state }) => {
    const deadline = deadlineOf(state);
    if (deadline === null) ended.push(key);
    else if (state.alarmAt === undefined || deadline < state.alarmAt) {
      alarms.push({ order_id: key, partition: state.partition, due_at: deadline });
    }
    const alarm = deadline !== null && (state.alarmAt === undefined || deadline < state.alarmAt) ? deadline : state.alarmAt;
    return {
      order_id: key,
      version,
      sequence,
      saga_id: state.sagaId,
      name: state.saga.name,
      saga_version: state.saga.version,
      status: state.saga.status,
      state: state.saga,
      correlation_id: state.correlationId,
      last_command: state.lastCommand,
      cancel_request: state.cancelRequest ?? null,
      deadline_at: deadline,
      alarm_at: deadline === null ? null : alarm,
      earlier: state.earlier,
      started_at: state.saga.startedAt,
    };
  });
  const saved = saveRows(
    'sagas-save',
    `insert into sagas as s (order_id, version, sequence, saga_id, name, saga_version, status, state, correlation_id,
             last_command, cancel_request, deadline_at, alarm_at, earlier, started_at, updated_at)
           select order_id, version, sequence, saga_id, name, saga_version, status, state, correlation_id,
             last_command, cancel_request, deadline_at, alarm_at, earlier, started_at, now()
           from jsonb_to_recordset($1::jsonb) as r (order_id uuid, version int, sequence int, saga_id text, name text, saga_version int,
             status text, state jsonb, correlation_id text, last_command jsonb, cancel_request jsonb, deadline_at timestamptz,
             alarm_at timestamptz, earlier jsonb, started_at timestamptz)
           on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, saga_id = excluded.saga_id,
             name = excluded.name, saga_version = excluded.saga_version, status = excluded.status, state = excluded.state,
             last_command = excluded.last_command, cancel_request = excluded.cancel_request, deadline_at = excluded.deadline_at,
             alarm_at = excluded.alarm_at, earlier = excluded.earlier, started_at = excluded.started_at, updated_at = now()
           where s.version = excluded.version - 1`,
    values,
  );
  return [...saved, ...setAlarms(alarms), ...endAlarms(ended)];
}

function setAlarms(alarms: { order_id: string; partition: number; due_at: string }[]): Statement[] {
  return writeRows(
    'deadlines-set',
    `insert into deadlines (order_id, partition, due_at)
           select order_id, partition, due_at from jsonb_to_recordset($1::jsonb) as r (order_id uuid, partition int, due_at timestamptz)
           on conflict (order_id) do update set due_at = excluded.due_at`,
    alarms,
  );
}

function endAlarms(orderIds: string[]): Statement[] {
  if (orderIds.length === 0) return [];
  return [{ name: 'deadlines-end', text: 'delete from deadlines where order_id = any($1::uuid[])', values: [orderIds] }];
}

/** Orders whose alarm had rung `readAgoMs` ago, by the database's clock, in the partitions given, oldest first. */
export async function dueAlarms(
  db: Tx,
  partitions: number[],
  limit: number,
  readAgoMs: number,
): Promise<{ orderId: string; correlationId: string; lastCommand: SagaRow['lastCommand'] }[]> {
  const { rows } = await db.query({
    name: 'deadlines-due',
    text: `select d.order_id as "orderId", s.correlation_id as "correlationId", s.last_command as "lastCommand"
           from deadlines d join sagas s using (order_id)
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
