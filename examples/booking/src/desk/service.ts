import type { Release } from '@sagakit/saga/release';
import { defineSagaService } from '@sagakit/saga/service';
import { BookingId, catalogue, OPERATORS } from '../messages.ts';
import { bookARoom } from './book-a-room.saga.ts';

export const RELEASE: Release = {
  subject: { field: 'bookingId', column: 'booking_id', type: 'uuid', id: BookingId, one: 'a booking' },
  sourceFileOf: (name) => `examples/booking/src/desk/${name}.saga.ts`,
  started: [bookARoom],
  alsoRunning: [],
};

/** The desk: it decides nothing about rooms, it runs the saga of each booking. */
export const desk = defineSagaService({
  name: 'desk',
  catalogue,
  operators: OPERATORS,
  migrations: new URL('migrations/', import.meta.url),
  release: RELEASE,
});
