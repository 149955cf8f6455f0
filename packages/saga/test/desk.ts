/** What runs the sagas of book-rooms.ts, for tests: its messages, its tables, its batch path. */
import { createCatalogue } from '@sagakit/messages/catalogue';
import { event } from '@sagakit/messages/define';
import { newId } from '@sagakit/resilience/ids';
import { BookingId, BookingRequested, catalogue as bookings, TOPICS } from '@sagakit/testing/bookings';
import { messagesOf, participant, type Participant } from '@sagakit/testing/participant';
import { z } from 'zod';
import { withDeadline } from '../src/define.ts';
import { type Definitions, definitionsOf } from '../src/release.ts';
import { sagaAggregate } from '../src/runner/unit.ts';
import { bookRooms } from './book-rooms.ts';

const ofSaga = { bookingId: BookingId, saga: z.string(), version: z.int() };
const why = z.object({ kind: z.string(), reason: z.string().optional() });
const told = <T extends string>(type: T, more: z.ZodRawShape = {}) =>
  event(type, 'sagas.events', z.object({ ...ofSaga, ...more }), (data) => data.bookingId);

const catalogue = createCatalogue({
  name: bookings.system,
  topics: TOPICS,
  messages: [
    ...bookings.messages.values(),
    told('SagaStepTimedOut', { step: z.string() }),
    told('SagaCompensating', { why }),
    told('SagaCompleted'),
    told('SagaCompensated', { why }),
    told('SagaNeedsAttention', { step: z.string() }),
  ],
});

export const writer = { source: '/sagas', catalogue };

/** @param deadlineMs of each step, instead of its own */
export const definitionsWith = (deadlineMs?: number): Definitions =>
  definitionsOf({
    subject: { field: 'bookingId', column: 'booking_id', type: 'uuid', id: BookingId, one: 'a booking' },
    started: [withDeadline(bookRooms, deadlineMs)],
    alsoRunning: [],
  });

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
