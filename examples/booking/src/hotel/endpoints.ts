import { firstRow } from '@sagakit/messaging/aggregate/rows';
import { appendToOutbox } from '@sagakit/messaging/outbox/outbox';
import { rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { databaseNow } from '@sagakit/postgres/clock';
import { retriedTransaction } from '@sagakit/postgres/transaction';
import { newId } from '@sagakit/resilience/ids';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { Problem } from '@sagakit/service-kit/http/problem';
import { requestTraceparent } from '@sagakit/service-kit/http/traceparent';
import type { Parts } from '@sagakit/service-kit/definition';
import { z } from 'zod';
import { BookingId, BookingRequested } from '../messages.ts';
import { type Booking, bookingsTable } from './bookings.ts';

/**
 * The booking and the message that tells of it are committed together; the relay sends it, and the desk's
 * saga begins.
 */
export function requestBooking({ pool, writer, outbox }: Pick<Parts, 'pool' | 'writer' | 'outbox'>) {
  return endpoint({
    method: 'post',
    path: '/bookings',
    summary: 'Asks for a room, with breakfast',
    access: { any: ['guest'] },
    inputs: { body: z.object({ room: z.int(), guests: z.int().min(1) }) },
    responses: { 202: 'It is asked for', 422: 'The body does not fit' },
    async handle({ body }, headers) {
      const bookingId = newId() as BookingId;
      const root = rootContext(newId(), requestTraceparent(headers));
      const row = firstRow<Booking>(bookingId, { status: 'requested', room: 'none' });
      await retriedTransaction(pool, async (tx) => {
        const [[before], now] = await tx.together(() => [
          bookingsTable.lock(tx, [bookingId]),
          databaseNow(tx),
        ]);
        // It is tried again, and only the answer to its COMMIT had been lost.
        if (before) return;
        const requested = BookingRequested({ bookingId, ...body });
        const message = toEnvelope(requested, root, { writer, sequence: 1, now });
        await tx.commit([
          ...bookingsTable.save([row]),
          ...appendToOutbox(writer.catalogue, [message], outbox),
        ]);
      });
      return { status: 202, body: { bookingId, status: row.state.status } };
    },
  });
}

export function getBooking({ readPool }: Parts) {
  return endpoint({
    method: 'get',
    path: '/bookings/:bookingId',
    summary: 'A booking, and what became of its room',
    access: { any: ['guest', 'desk'] },
    inputs: { params: z.object({ bookingId: BookingId }) },
    responses: { 200: 'The booking', 404: 'Nobody asked for it' },
    async handle({ params: { bookingId } }) {
      const { rows } = await readPool.query<{ status: string; room: string }>(
        'select status, room from bookings where booking_id = $1',
        [bookingId],
      );
      if (!rows[0]) throw new Problem(404, `There is no booking ${bookingId}.`);
      return { status: 200, body: { bookingId, ...rows[0] } };
    },
  });
}
