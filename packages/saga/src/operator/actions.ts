import type { SagaSubject } from '../release.ts';
import { type Statement, writeRows } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

export type OperatorAction = {
  id: string;
  subject: string;
  by: string;
  action: 'retry' | 'compensate' | 'note';
  /** The reason that was given, or the note. */
  text: string | undefined;
  /** `done`, or why it changed nothing. */
  outcome: string;
};

/** Of an action that was recorded; undefined: it was not. */
export async function outcomeOf(tx: Tx, id: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ outcome: string }>({
    name: 'operator-actions-outcome',
    text: 'select outcome from operator_actions where id = $1',
    values: [id],
  });
  return rows[0]?.outcome;
}

export function recordAction(
  { id, subject: key, by, action, text, outcome }: OperatorAction,
  subject: SagaSubject,
): Statement[] {
  return writeRows(
    'operator-actions-record',
    `insert into operator_actions (id, ${subject.column}, by, action, text, outcome)
     select id, ${subject.column}, by, action, text, outcome
     from jsonb_to_recordset($1::jsonb) as r (id uuid, ${subject.column} ${subject.type}, by text, action text, text text, outcome text)`,
    [{ id, [subject.column]: key, by, action, text: text ?? null, outcome }],
  );
}
