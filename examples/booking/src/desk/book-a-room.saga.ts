import { defineSaga, minutes } from '@sagakit/saga/define';
import { done, nothing, refuse } from '@sagakit/saga/state';
import {
  BookingRequested,
  ConfirmBooking,
  FreeRoom,
  HoldRoom,
  PlanBreakfast,
  RejectBooking,
} from '../messages.ts';

/** Top to bottom a booking that is confirmed, bottom to top how one is undone. */
export const bookARoom = defineSaga({
  name: 'book-a-room',
  version: 1,
  startsOn: BookingRequested,
  refusals: ['no-such-room', 'kitchen-full'],
  begin: ({ bookingId, room, guests }) => ({ bookingId, room, guests }),
  whenUndone: ({ bookingId }) => RejectBooking({ bookingId }),
})
  .step('hold-room', {
    send: ({ bookingId, room }) => HoldRoom({ bookingId, room }),
    on: { RoomHeld: () => done(), RoomNotHeld: () => refuse('no-such-room') },
    undo: ({ bookingId }) => FreeRoom({ bookingId }),
    within: minutes(2),
  })
  .step('plan-breakfast', {
    send: ({ bookingId, guests }) => PlanBreakfast({ bookingId, guests }),
    on: { BreakfastPlanned: () => done(), BreakfastRefused: () => refuse('kitchen-full') },
    undo: nothing('a plan for nobody costs nothing'),
    within: minutes(2),
  })
  .pointOfNoReturn()
  .step('confirm-booking', {
    send: ({ bookingId }) => ConfirmBooking({ bookingId }),
    on: { BookingConfirmed: () => done() },
    within: minutes(2),
  });
