import { defineService } from '@sagakit/service-kit/define-service';
import { catalogue, OPERATORS } from '../messages.ts';
import { bookings } from './bookings.ts';
import { getBooking, requestBooking } from './endpoints.ts';

/** The hotel: it takes requests, and does what the desk asks of it. */
export const hotel = defineService({
  name: 'hotel',
  catalogue,
  operators: OPERATORS,
  migrations: new URL('migrations/', import.meta.url),
  aggregates: [bookings],
  endpoints: (parts) => [requestBooking(parts), getBooking(parts)],
});
