import type { OrderId } from '@order-saga/contracts/values';
import { column, table } from '@sagakit/messaging/aggregate/table';
import type { Reservation } from '../domain/reservation.ts';

export const reservationsTable = table({
  name: 'reservations',
  key: ['order_id', column.uuid<OrderId>()],
  columns: { status: column.text<Reservation['status']>(), lines: column.jsonb<Reservation['lines']>() },
  toColumns: (reservation: Reservation) => reservation,
  toState: ({ status, lines }) => ({ status, lines }) as Reservation,
});
