/** What runs the sagas of book-rooms.ts, for tests: their tables, and the batch path. */
import { newId } from '@sagakit/resilience/ids';
import { type BookingId, BookingRequested } from '@sagakit/testing/bookings';
import { messagesOf, participant, type Participant } from '@sagakit/testing/participant';
import type { Definitions } from '../src/release.ts';
import { sagaAggregate } from '../src/runner/unit.ts';
import { catalogue, writer } from './definitions.ts';

/** On a database of its own, with the tables that the example's desk has. */
export const openDesk = (definitions: Definitions): Promise<Participant> =>
  participant({
    catalogue,
    consumer: 'sagas',
    aggregates: [sagaAggregate(definitions, writer)],
    migrations: new URL('../../../examples/booking/src/desk/migrations/', import.meta.url),
  });

const { envelopeOf, recordOf } = messagesOf(catalogue);

/** Begins the saga of a new booking. */
export async function begin(desk: Participant): Promise<BookingId> {
  const bookingId = newId() as BookingId;
  await desk.process(recordOf(envelopeOf(BookingRequested({ bookingId }))));
  return bookingId;
}
