/** What a hotel's desk runs in the tests: its sagas, and the messages of the system that it is part of. */
import { createCatalogue } from '@sagakit/messages/catalogue';
import { event } from '@sagakit/messages/define';
import { BookingId, catalogue as bookings, TOPICS } from '@sagakit/testing/bookings';
import { z } from 'zod';
import { withDeadline } from '../src/define.ts';
import { type Definitions, definitionsOf } from '../src/release.ts';
import { BookingCancellationRequested, bookRooms, cancelBooking } from './book-rooms.ts';

const ofSaga = { bookingId: BookingId, saga: z.string(), version: z.int() };
const why = z.object({ kind: z.string(), reason: z.string().optional() });
const told = <T extends string>(type: T, more: z.ZodRawShape = {}) =>
  event(type, 'sagas.events', z.object({ ...ofSaga, ...more }), (data) => data.bookingId);

export const catalogue = createCatalogue({
  name: bookings.system,
  topics: TOPICS,
  messages: [
    ...bookings.messages.values(),
    BookingCancellationRequested,
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
    started: [bookRooms, cancelBooking].map((saga) => withDeadline(saga, deadlineMs)),
    alsoRunning: [],
  });
