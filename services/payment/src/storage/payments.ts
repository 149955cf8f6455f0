import type { Envelope } from '@sagakit/messages/envelope';
import { notStarted } from '@sagakit/messaging/effects/effect-rows';
import type { ChangedRow, Row } from '@sagakit/messaging/aggregate/rows';
import type { MessageContext } from '@sagakit/messaging/to-envelope';
import { saveRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import { CHARGE, type Payment } from '../domain/payment.ts';

type Stored = {
  order_id: string;
  version: number;
  sequence: number;
  answers: Record<string, Envelope>;
  status: Payment['status'];
  amount: string;
  currency: string;
  payment_id: string | null;
  code: string | null;
  undo: MessageContext | null;
};

/**
 * Locks in key order, so that two batches with the same orders cannot wait for each other.
 *
 * @param toUndo those of them whose charge may be dropped: only for these is it looked up whether it is begun
 */
export async function lockPayments(tx: Tx, orderIds: string[], toUndo: string[]): Promise<Row<Payment>[]> {
  const locked = tx.query<Stored>({
    name: 'payments-lock',
    text: `select order_id, version, sequence, answers, status, amount, currency, payment_id, code, undo
           from payments where order_id = any($1::uuid[]) order by order_id for update`,
    values: [orderIds],
  });
  // Issued together: one trip to the database. The second looks when the rows are locked.
  const [{ rows }, waiting] = await Promise.all([locked, notStarted(tx, CHARGE, toUndo)]);
  return rows.map((row) => ({
    key: row.order_id,
    version: row.version,
    sequence: row.sequence,
    answers: row.answers,
    state: toPayment(row, waiting),
  }));
}

function toPayment(
  { order_id, status, amount: units, currency, payment_id, code, undo }: Stored,
  notStarted: ReadonlySet<string>,
): Payment {
  const amount = { amount: Number(units), currency };
  switch (status) {
    case 'CHARGING':
      return { status, amount, begun: !notStarted.has(order_id), undo: undo ?? undefined };
    case 'DECLINED':
      return { status, amount, code: code ?? '' };
    case 'UNDONE':
      return { status, amount };
    case 'PROCESSED':
    case 'REFUNDING':
    case 'REFUNDED':
      return { status, amount, paymentId: payment_id ?? '' };
  }
}

const CHARGED: ReadonlySet<Payment['status']> = new Set(['PROCESSED', 'REFUNDING', 'REFUNDED']);

export function savePayments(rows: ChangedRow<Payment>[]): Statement[] {
  const values = rows.map(({ key, version, sequence, answers, state: payment }) => ({
    order_id: key,
    version,
    sequence,
    answers,
    status: payment.status,
    amount: payment.amount.amount,
    currency: payment.amount.currency,
    payment_id: 'paymentId' in payment ? payment.paymentId : null,
    code: 'code' in payment ? payment.code : null,
    undo: 'undo' in payment ? (payment.undo ?? null) : null,
    charges: CHARGED.has(payment.status) ? 1 : 0,
    refunds: payment.status === 'REFUNDED' ? 1 : 0,
  }));
  return saveRows(
    'payments-save',
    `insert into payments as p (order_id, version, sequence, answers, status, amount, currency, payment_id, code, undo, charges,
             refunds, updated_at)
           select order_id, version, sequence, answers, status, amount, currency, payment_id, code, undo, charges, refunds, now()
           from jsonb_to_recordset($1::jsonb) as r (order_id uuid, version int, sequence int, answers jsonb, status text, amount bigint,
             currency text, payment_id text, code text, undo jsonb, charges int, refunds int)
           on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, answers = excluded.answers,
             status = excluded.status, amount = excluded.amount, currency = excluded.currency, payment_id = excluded.payment_id,
             code = excluded.code, undo = excluded.undo, charges = excluded.charges, refunds = excluded.refunds, updated_at = now()
           where p.version = excluded.version - 1`,
    values,
  );
}
