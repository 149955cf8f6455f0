/** What HTTP asks for. The write path is in runner/sagas-table.ts. */
import { databaseNow } from '@sagakit/postgres/clock';
import type { Pool } from 'pg';
import type { SagaSubject } from './release.ts';
import { fromStored, type StoredState } from './runner/stored-state.ts';
import type { SagaState } from './state.ts';

/** The newest saga of one subject; those before it in `earlier`, the oldest first. */
export type StoredSaga = {
  sagaId: string;
  state: SagaState;
  earlier: SagaState[];
  correlationId: string;
  /** Null: nothing is waited for. */
  deadlineAt: Date | null;
  updatedAt: Date;
};

export type SagaFilter = {
  status?: string | undefined;
  /** Only those whose current do or undo was due before that. */
  overdueAt?: Date | undefined;
  limit: number;
  /** The last subject of the page before. */
  after?: string | undefined;
};

/**
 * What an operator did. `text`: the reason that was given, or the note; `outcome`: `done`, or why it changed
 * nothing.
 */
export type RecordedAction = { at: Date; by: string; action: string; text: string | null; outcome: string };

const MOST_ACTIONS = 200;

export function createSagaReads(pool: Pool, subject: SagaSubject) {
  const { column, type } = subject;
  const select = `select saga_id as "sagaId", state, earlier, correlation_id as "correlationId", deadline_at as "deadlineAt",
    updated_at as "updatedAt" from sagas`;
  type Row = Omit<StoredSaga, 'state' | 'earlier'> & { state: StoredState; earlier: StoredState[] };
  const toSaga = (row: Row): StoredSaga => ({
    ...row,
    state: fromStored(row.state, subject),
    earlier: row.earlier.map((saga) => fromStored(saga, subject)),
  });

  return {
    /** By the clock that deadlines are judged by. */
    now: () => databaseNow(pool),

    async findSaga(key: string): Promise<StoredSaga | undefined> {
      const { rows } = await pool.query<Row>(`${select} where ${column} = $1::${type}`, [key]);
      return rows[0] && toSaga(rows[0]);
    },

    /**
     * A page by subject, which is by time where subjects are UUIDv7: what waits longest stands at the top.
     * Not by the start of the saga, which changes when another follows it.
     */
    async listSagas({ status, overdueAt, limit, after }: SagaFilter): Promise<StoredSaga[]> {
      const values: unknown[] = [limit];
      const conditions = Object.entries({
        'status =': status,
        'deadline_at <': overdueAt,
        [`${column} >`]: after,
      })
        .filter(([, value]) => value !== undefined)
        .map(([condition, value]) => `${condition} $${values.push(value)}`);
      const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
      const { rows } = await pool.query<Row>(`${select} ${where} order by ${column} limit $1`, values);
      return rows.map(toSaga);
    },

    /** What operators did to a subject's sagas, the newest, oldest of them first. */
    async listActions(key: string): Promise<RecordedAction[]> {
      const { rows } = await pool.query<RecordedAction>(
        `select at, by, action, text, outcome from operator_actions where ${column} = $1::${type}
         order by at desc, id desc limit ${MOST_ACTIONS}`,
        [key],
      );
      return rows.toReversed();
    },
  };
}

export type SagaReads = ReturnType<typeof createSagaReads>;
