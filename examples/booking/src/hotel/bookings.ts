/** The hotel's decisions about a booking, and which command goes to which. */
import { aggregate } from '@sagakit/messaging/aggregate/aggregate';
import { type DataOf, type Decision, decide, ignore } from '@sagakit/messaging/aggregate/decision';
import { column, table } from '@sagakit/messaging/aggregate/table';
import {
  BookingConfirmed,
  type BookingId,
  BookingRejected,
  BreakfastPlanned,
  BreakfastRefused,
  ConfirmBooking,
  FreeRoom,
  HoldRoom,
  PlanBreakfast,
  RejectBooking,
  RoomFreed,
  RoomHeld,
  RoomNotHeld,
} from '../messages.ts';

export type Booking = { status: 'requested' | 'confirmed' | 'rejected'; room: 'none' | 'held' | 'freed' };

const ROOMS = { first: 101, last: 119 };
const SEATS_AT_BREAKFAST = 4;

/** Freed before it was held: the undo came first, and holding it now is refused. */
export function holdRoom(
  booking: Booking | undefined,
  { bookingId, room }: DataOf<typeof HoldRoom>,
): Decision<Booking> {
  if (!booking) return ignore('not-requested');
  if (booking.room === 'freed') return decide(booking, [RoomNotHeld({ bookingId, code: 'undone' })]);
  if (room < ROOMS.first || room > ROOMS.last)
    return decide(booking, [RoomNotHeld({ bookingId, code: 'no-such-room' })]);
  return decide({ ...booking, room: 'held' }, [RoomHeld({ bookingId })]);
}

export function freeRoom(
  booking: Booking | undefined,
  { bookingId }: DataOf<typeof FreeRoom>,
): Decision<Booking> {
  if (!booking) return ignore('not-requested');
  return decide({ ...booking, room: 'freed' }, [RoomFreed({ bookingId })]);
}

export function planBreakfast(
  booking: Booking | undefined,
  { bookingId, guests }: DataOf<typeof PlanBreakfast>,
): Decision<Booking> {
  if (!booking) return ignore('not-requested');
  return decide(booking, [
    guests > SEATS_AT_BREAKFAST ? BreakfastRefused({ bookingId }) : BreakfastPlanned({ bookingId }),
  ]);
}

export function confirmBooking(
  booking: Booking | undefined,
  { bookingId }: DataOf<typeof ConfirmBooking>,
): Decision<Booking> {
  if (booking?.status !== 'requested') return ignore('not-requested');
  return decide({ ...booking, status: 'confirmed' }, [BookingConfirmed({ bookingId })]);
}

export function rejectBooking(
  booking: Booking | undefined,
  { bookingId }: DataOf<typeof RejectBooking>,
): Decision<Booking> {
  if (booking?.status !== 'requested') return ignore('not-requested');
  return decide({ ...booking, status: 'rejected' }, [BookingRejected({ bookingId })]);
}

export const bookingsTable = table({
  name: 'bookings',
  key: ['booking_id', column.uuid<BookingId>()],
  columns: {
    status: column.text<Booking['status']>(),
    room: column.text<Booking['room']>(),
    updated_at: column.savedAt(),
  },
  toColumns: ({ status, room }: Booking) => ({ status, room }),
  toState: ({ status, room }): Booking => ({ status, room }),
});

export const bookings = aggregate({ table: bookingsTable })
  .on(HoldRoom, holdRoom)
  .on(FreeRoom, freeRoom)
  .on(PlanBreakfast, planBreakfast)
  .on(ConfirmBooking, confirmBooking)
  .on(RejectBooking, rejectBooking);
