/**
 * A saga for the tests of what runs sagas: rooms are held, for a deposit, and then kept. Before the point of
 * no return a step can be refused and is undone, after it neither.
 */
import {
  BookingRequested,
  ConfirmBooking,
  FreeRooms,
  HoldRooms,
  KeepRooms,
  RejectBooking,
  ReturnDeposit,
  TakeDeposit,
  type RoomId,
} from '@sagakit/testing/bookings';
import { defineSaga, minutes } from '../src/define.ts';
import { done, refuse } from '../src/state.ts';

export const lines = [{ room: '7' as RoomId, quantity: 1 }];
const amount = { amount: 1000, currency: 'EUR' };

export const bookRooms = defineSaga({
  name: 'book-rooms',
  version: 1,
  startsOn: BookingRequested,
  refusals: ['none-free', 'deposit-declined'],
  begin: ({ bookingId }) => ({ bookingId }),
  whenUndone: ({ bookingId }) => RejectBooking({ bookingId }),
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
