import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BookingId, BookingRequested, FreeRooms, HoldRooms } from '@sagakit/testing/bookings';
import { defineSaga, minutes, withDeadline } from '../src/define.ts';
import { done, nothing, refuse } from '../src/state.ts';
import { bookRooms, lines } from './book-rooms.ts';

const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;

const head = {
  name: 'test',
  version: 1,
  startsOn: BookingRequested,
  refusals: ['none-free', 'deposit-declined'],
  begin: ({ bookingId }: { bookingId: string }) => ({ bookingId }),
  whenUndone: nothing('a test'),
} as Parameters<typeof defineSaga>[0];

const step = {
  send: () => HoldRooms({ bookingId, lines }),
  on: { RoomsHeld: () => done(), RoomsNotHeld: () => refuse('none-free') },
  undo: nothing('a test'),
  within: minutes(1),
};

describe('a definition', () => {
  it('refuses two steps of one name', () => {
    assert.throws(
      () =>
        defineSaga(head)
          .step('a', step)
          .step('a', { ...step }),
      /two steps a/,
    );
  });
  it('refuses one answer for two steps', () => {
    assert.throws(() => defineSaga(head).step('a', step).step('b', step), /RoomsHeld answers both a and b/);
  });
  it('refuses the name of the telling at the end', () => {
    assert.throws(() => defineSaga(head).step('when-undone', step), /cannot be called when-undone/);
  });
  it('takes another deadline for every step', () => {
    assert.deepEqual(
      withDeadline(bookRooms, 700).steps.map(({ within }) => within),
      [700, 700, 700, 700],
    );
    assert.equal(withDeadline(bookRooms, undefined), bookRooms);
  });
  it('knows which steps can be undone', () => {
    assert.deepEqual(
      bookRooms.steps.map(({ name, beforeNoReturn }) => [name, beforeNoReturn]),
      [
        ['hold-rooms', true],
        ['take-deposit', true],
        ['confirm-booking', false],
        ['keep-rooms', false],
      ],
    );
  });
});

// What must not compile. `tsc` fails if one of these lines ever does.
const { send, undo, within } = step;
const reversible = defineSaga(head);
const final = reversible.pointOfNoReturn();
const twoAnswers = () => HoldRooms({ bookingId, lines });
const release = () => FreeRooms({ bookingId });

export const doNotCompile = {
  answerLeftOut: () =>
    // @ts-expect-error RoomsNotHeld is missing
    reversible.step('a', { send, on: { RoomsHeld: () => done() }, undo, within }),
  refusalTooLate: () =>
    // @ts-expect-error there is no refusal after the point of no return
    final.step('a', { send, on: step.on, within }),
  undoTooLate: () =>
    // @ts-expect-error nothing is undone after the point of no return
    final.step('a', { send: release, on: { RoomsFreed: () => done() }, undo, within }),
  refusableUndo: () =>
    // @ts-expect-error an undo is a command with exactly one answer
    reversible.step('a', { send, on: step.on, undo: twoAnswers, within }),
};
