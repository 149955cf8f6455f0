/** Who asked that a customer's personal data be forgotten, and how far that is. */
import type { OrderId } from '@order-saga/contracts/values';
import type { Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';

export type Erasure = {
  customerId: string;
  /** From 1, per customer. */
  number: number;
  /** Orders that were placed up to then are meant. */
  requestedAt: Date;
  by: string;
  correlationId: string;
  traceparent: string;
  /** Of the last CustomerErased that it led to; 0: none yet. */
  sequence: number;
  /** Whose contacts are erased so far. */
  orders: number;
  doneAt: Date | null;
};

/** How far it is: the last order that was looked at. */
export type Reached = { placedAt: Date; orderId: OrderId };
export type UnderWay = Erasure & { reached: Reached | undefined };

const COLUMNS = `customer_id as "customerId", number, requested_at as "requestedAt", by,
  correlation_id as "correlationId", traceparent, sequence, orders, done_at as "doneAt"`;

/** Two requests for one customer take turns from here on. */
export async function lockCustomer(tx: Tx, customerId: string): Promise<void> {
  await tx.query({
    name: 'erasures-lock-customer',
    text: `select pg_advisory_xact_lock(hashtextextended('erasure of ' || $1, 0))`,
    values: [customerId],
  });
}

export async function newestErasure(tx: Tx, customerId: string): Promise<Erasure | undefined> {
  const { rows } = await tx.query<Erasure>({
    name: 'erasures-newest',
    text: `select ${COLUMNS} from erasures where customer_id = $1 order by number desc limit 1`,
    values: [customerId],
  });
  return rows[0];
}

/** Of CustomerErased about the customer. No other is written until the transaction ends. */
export async function lastSequence(tx: Tx, customerId: string): Promise<number> {
  await lockCustomer(tx, customerId);
  const { rows } = await tx.query<{ last: number }>({
    name: 'erasures-last-sequence',
    text: 'select coalesce(max(sequence), 0) as last from erasures where customer_id = $1',
    values: [customerId],
  });
  return rows[0]?.last ?? 0;
}

/** As a customer sees them, newest first. */
export async function listErasures(tx: Tx, customerId: string): Promise<object[]> {
  const { rows } = await tx.query<object>({
    name: 'erasures-list',
    text: `select requested_at as "requestedAt", by, orders, done_at as "doneAt" from erasures
           where customer_id = $1 order by number desc limit 20`,
    values: [customerId],
  });
  return rows;
}

type NewErasure = Pick<Erasure, 'customerId' | 'number' | 'by' | 'correlationId' | 'traceparent'>;

/** Its time is to the millisecond, as orders' times are kept. */
export async function addErasure(tx: Tx, erasure: NewErasure): Promise<Erasure> {
  const { rows } = await tx.query<Erasure>({
    name: 'erasures-add',
    text: `insert into erasures (customer_id, number, requested_at, by, correlation_id, traceparent, sequence)
           values ($1, $2, date_trunc('milliseconds', clock_timestamp()), $3, $4, $5, 0) returning ${COLUMNS}`,
    values: [erasure.customerId, erasure.number, erasure.by, erasure.correlationId, erasure.traceparent],
  });
  return rows[0] as Erasure;
}

/**
 * The oldest that is not at its end, and that no other replica has at hand. One that found nothing more is
 * looked through once more when what was under way at the request has long been committed or given up.
 */
export async function lockUnderWay(tx: Tx, sweptAfterMs: number): Promise<UnderWay | undefined> {
  const { rows } = await tx.query<Erasure & { placedAt: Date | null; orderId: OrderId | null }>({
    name: 'erasures-lock-under-way',
    text: `select ${COLUMNS}, reached_at as "placedAt", reached_order_id as "orderId" from erasures
           where swept_at is null and (done_at is null or requested_at < now() - $1 * interval '1 ms')
           order by requested_at limit 1 for update skip locked`,
    values: [sweptAfterMs],
  });
  const [row] = rows;
  if (!row) return undefined;
  const { placedAt, orderId, ...erasure } = row;
  return { ...erasure, reached: placedAt && orderId ? { placedAt, orderId } : undefined };
}

/**
 * @param step.reached undefined: it found all there are. Then it is done, or if it was before, swept
 */
export function saveStep(
  { customerId, number }: Erasure,
  step: { sequence: number; orders: number; reached: Reached | undefined },
): Statement {
  return {
    name: 'erasures-save-step',
    text: `update erasures set sequence = $3, orders = orders + $4, reached_at = $5, reached_order_id = $6,
             swept_at = case when $6::uuid is null and done_at is not null then now() end,
             done_at = coalesce(done_at, case when $6::uuid is null then now() end)
           where customer_id = $1 and number = $2`,
    values: [
      customerId,
      number,
      step.sequence,
      step.orders,
      step.reached?.placedAt ?? null,
      step.reached?.orderId ?? null,
    ],
  };
}
