import { type Statement, writeRows } from '@order-saga/messaging/statement';

export type OperatorAction = {
  id: string;
  orderId: string;
  by: string;
  action: 'retry' | 'compensate' | 'note';
  /** The reason that was given, or the note. */
  text: string | undefined;
  /** `done`, or why it changed nothing. */
  outcome: string;
};

export function recordAction({ id, orderId, by, action, text, outcome }: OperatorAction): Statement[] {
  return writeRows(
    'operator-actions-record',
    `insert into operator_actions (id, order_id, by, action, text, outcome)
     select id, order_id, by, action, text, outcome
     from jsonb_to_recordset($1::jsonb) as r (id uuid, order_id uuid, by text, action text, text text, outcome text)`,
    [{ id, order_id: orderId, by, action, text: text ?? null, outcome }],
  );
}
