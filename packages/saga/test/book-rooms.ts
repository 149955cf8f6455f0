/**
 * Sagas for the tests of what runs them: rooms are held, for a deposit, and then kept; and what undoes a
 * booking that was complete.
 */
import { event } from '@sagakit/messages/define';
import {
  BookingId,
  BookingRequested,
  CancelBooking,
  ConfirmBooking,
  FreeRooms,
  HoldRooms,
  KeepRooms,
  RejectBooking,
  ReturnDeposit,
  TakeDeposit,
  type RoomId,
} from '@sagakit/testing/bookings';
import { z } from 'zod';
import { defineSaga, minutes } from '../src/define.ts';
import { done, nothing, refuse } from '../src/state.ts';

export const lines = [{ room: '7' as RoomId, quantity: 1 }];
export const amount = { amount: 1000, currency: 'EUR' };

export const BookingCancellationRequested = event(
  'BookingCancellationRequested',
  'bookings.events',
  z.object({ bookingId: BookingId }),
  ({ bookingId }) => bookingId,
);

export const bookRooms = defineSaga({
  name: 'book-rooms',
  version: 1,
  startsOn: BookingRequested,
  cancelledBy: BookingCancellationRequested,
  refusals: ['none-free', 'deposit-declined'],
  begin: ({ bookingId }) => ({ bookingId }),
  whenUndone: ({ bookingId }, why) =>
    why.kind === 'cancelled' ? CancelBooking({ bookingId }) : RejectBooking({ bookingId }),
})
  .step('hold-rooms', {
    send: ({ bookingId }) => HoldRooms({ bookingId, lines }),
    on: { RoomsHeld: () => done(), RoomsNotHeld: () => refuse('none-free') },
    undo: ({ bookingId }) => FreeRooms({ bookingId }),
    within: minutes(2),
  })
  .step('take-deposit', {
    send: ({ bookingId }) => TakeDeposit({ bookingId, amount, token: 'a-token' }),
    on: {
      DepositTaken: ({ depositId }) => done({ depositId }),
      DepositDeclined: ({ code }) => refuse('deposit-declined', code),
    },
    undo: ({ bookingId }) => ReturnDeposit({ bookingId }),
    within: minutes(2),
  })
  .pointOfNoReturn()
  .step('confirm-booking', {
    send: ({ bookingId, depositId }) => ConfirmBooking({ bookingId, depositId }),
    on: { BookingConfirmed: () => done() },
    within: minutes(2),
  })
  .step('keep-rooms', {
    send: ({ bookingId }) => KeepRooms({ bookingId }),
    on: { RoomsKept: () => done() },
    within: minutes(2),
  });

export const cancelBooking = defineSaga({
  name: 'cancel-booking',
  version: 1,
  startsOn: BookingCancellationRequested,
  begin: ({ bookingId }) => ({ bookingId }),
  whenUndone: nothing('it only goes forward'),
})
  .pointOfNoReturn()
  .step('return-deposit', {
    send: ({ bookingId }) => ReturnDeposit({ bookingId }),
    on: { DepositReturned: () => done() },
    within: minutes(2),
  })
  .step('free-rooms', {
    send: ({ bookingId }) => FreeRooms({ bookingId }),
    on: { RoomsFreed: () => done() },
    within: minutes(2),
  })
  .step('cancel-booking', {
    send: ({ bookingId }) => CancelBooking({ bookingId }),
    on: { BookingCancelled: () => done() },
    within: minutes(2),
  });
