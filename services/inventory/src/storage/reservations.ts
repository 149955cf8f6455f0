import type { Envelope } from '@sagakit/messages/envelope';
import type { ChangedRow, Row } from '@sagakit/messaging/aggregate/rows';
import { saveRows, type Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Reservation } from '../domain/reservation.ts';

type Stored = {
  order_id: string;
  version: number;
  sequence: number;
  answers: Record<string, Envelope>;
  status: Reservation['status'];
  lines: Reservation['lines'];
};

/** Locks in key order, before the products: every batch takes its locks in that order. */
export async function lockReservations(tx: Tx, orderIds: string[]): Promise<Row<Reservation>[]> {
  const { rows } = await tx.query<Stored>({
    name: 'reservations-lock',
    text: `select order_id, version, sequence, answers, status, lines
           from reservations where order_id = any($1::uuid[]) order by order_id for update`,
    values: [orderIds],
  });
  return rows.map(({ order_id, version, sequence, answers, status, lines }) => ({
    key: order_id,
    version,
    sequence,
    answers,
    state: { status, lines } as Reservation,
  }));
}

export function saveReservations(rows: ChangedRow<Reservation>[]): Statement[] {
  const values = rows.map(({ key, version, sequence, answers, state: { status, lines } }) => ({
    order_id: key,
    version,
    sequence,
    answers,
    status,
    lines,
  }));
  return saveRows(
    'reservations-save',
    `insert into reservations as r (order_id, version, sequence, answers, status, lines)
           select order_id, version, sequence, answers, status, lines
           from jsonb_to_recordset($1::jsonb) as v (order_id uuid, version int, sequence int, answers jsonb, status text, lines jsonb)
           on conflict (order_id) do update set version = excluded.version, sequence = excluded.sequence, answers = excluded.answers,
             status = excluded.status, lines = excluded.lines
           where r.version = excluded.version - 1`,
    values,
  );
}
