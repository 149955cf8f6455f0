import { firstRow } from '@sagakit/messaging/aggregate/rows';
import { appendToOutbox } from '@sagakit/messaging/outbox/outbox';
import { rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
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
export function requestBooking({ pool, writer, outbox }: Parts) {
  return endpoint({
    method: 'post',
    path: '/bookings',
    summary: 'Asks for a room, with breakfast',
    access: { any: ['guest'] },
    inputs: { body: z.object({ room: z.int(), guests: z.int().min(1) }) },
    responses: { 202: 'It is asked for', 422: 'The body does not fit' },
    async handle({ body }, headers) {
      const bookingId = newId() as BookingId;
      const now = new Date();
      const message = toEnvelope(
        BookingRequested({ bookingId, ...body }),
        rootContext(newId(), requestTraceparent(headers)),
        { writer, sequence: 1, now },
      );
      const row = firstRow<Booking>(bookingId, { status: 'requested', room: 'none' });
      const writes = [...bookingsTable.save([row]), ...appendToOutbox(writer.catalogue, [message], outbox)];
      await retriedTransaction(pool, (tx) => tx.commit(writes));
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
