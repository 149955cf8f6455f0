/** What is said about one booking. */
import {
  BookingCancelled,
  BookingConfirmed,
  type BookingId,
  BookingRejected,
  BookingRequested,
  DepositDeclined,
  DepositReturned,
  DepositTaken,
  RoomsFreed,
  RoomsHeld,
  RoomsKept,
  RoomsNotHeld,
} from '@sagakit/testing/bookings';
import { amount, BookingCancellationRequested, lines } from './book-rooms.ts';

export const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;

export const requested = BookingRequested({ bookingId });
export const held = RoomsHeld({ bookingId, lines });
export const notHeld = RoomsNotHeld({ bookingId, code: 'none-free', missing: [] });
export const freed = RoomsFreed({ bookingId, lines });
export const kept = RoomsKept({ bookingId, lines });
export const taken = DepositTaken({ bookingId, depositId: 'deposit-1', amount });
export const declined = DepositDeclined({ bookingId, code: 'declined' });
export const returned = DepositReturned({ bookingId, amount });
export const confirmed = BookingConfirmed({ bookingId, depositId: 'deposit-1' });
export const rejected = BookingRejected({ bookingId });
export const cancelled = BookingCancelled({ bookingId });
export const cancellationRequested = BookingCancellationRequested({ bookingId });
