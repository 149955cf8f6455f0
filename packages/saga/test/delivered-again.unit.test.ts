/**
 * Every message of a story is delivered again at every later moment, and nothing remembers it: an inbox
 * forgets by age, and offsets can be set back. The saga's own state must exclude a second start, a second
 * cancellation, a second step.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import type { Message } from '@sagakit/messages/define';
import { createIdentityMap } from '@sagakit/messaging/aggregate/rows';
import { contextOf, rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { newTraceparent } from '@sagakit/messaging/trace';
import { moveSaga } from '../src/runner/move-saga.ts';
import type { SagaRow } from '../src/runner/saga-row.ts';
import { catalogue, definitionsWith, writer } from './definitions.ts';
import * as said from './said.ts';

const { bookingId } = said;
const now = new Date('2026-01-01T12:00:00.000Z');
const definitions = definitionsWith();

type Answers = Record<string, Message>;
const ANSWERS: Answers = {
  HoldRooms: said.held,
  TakeDeposit: said.taken,
  ConfirmBooking: said.confirmed,
  KeepRooms: said.kept,
  ReturnDeposit: said.returned,
  FreeRooms: said.freed,
  CancelBooking: said.cancelled,
  RejectBooking: said.rejected,
};

/** A desk without an inbox; after each message all that came before are delivered again. */
function forgetful(answers: Answers) {
  const rows = createIdentityMap<SagaRow>([]);
  const delivered: Envelope[] = [];
  const move = (message: Envelope) =>
    moveSaga(
      rows.get(bookingId),
      { message, cause: contextOf(message), partition: 1 },
      { definitions, writer, now, keep: (row) => rows.set(row) },
    );
  const state = () => structuredClone(rows.get(bookingId).state) as SagaRow;

  /** Gives the commands that follow. */
  function deliver(message: Message, asked?: Envelope): Envelope[] {
    const envelope = toEnvelope(message, asked ? contextOf(asked) : rootContext('story', newTraceparent()), {
      writer: { source: '/somebody', catalogue },
      sequence: 1,
      now,
    });
    const { messages } = move(envelope);
    delivered.push(envelope);
    const before = state();
    for (const earlier of delivered) {
      const again = move(earlier);
      const what = `${earlier.type} again, after ${message.type}`;
      assert.deepEqual(
        again.messages.map(({ type }) => type),
        [],
        what,
      );
      assert.deepEqual(state(), before, what);
    }
    return messages.filter(({ type }) => type in answers);
  }

  return {
    deliver,
    /**
     * Every command is answered, and what follows from that, until nobody is asked any more; stops before
     * `unless` is answered.
     */
    run(commands: Envelope[], unless = ''): Envelope[] {
      for (const asked of commands) {
        if (asked.type === unless) return [asked];
        const left = this.run(deliver(answers[asked.type] as Message, asked), unless);
        if (left.length > 0) return left;
      }
      return [];
    },
    sagas: () => [...state().earlier, state().saga].map(({ name, status }) => `${name} ${status}`),
  };
}

describe('a saga that is told everything again', () => {
  it('of a confirmed booking stays completed, and of a cancelled one has no second cancelling saga', () => {
    const own = forgetful(ANSWERS);
    own.run(own.deliver(said.requested));
    assert.deepEqual(own.sagas(), ['book-rooms completed']);
    own.run(own.deliver(said.cancellationRequested));
    assert.deepEqual(own.sagas(), ['book-rooms completed', 'cancel-booking completed']);
  });

  for (const step of ['HoldRooms', 'TakeDeposit', 'ConfirmBooking', 'KeepRooms']) {
    it(`of a booking that is cancelled while ${step} is unanswered ends once`, () => {
      const own = forgetful(ANSWERS);
      const waiting = own.run(own.deliver(said.requested), step);
      own.deliver(said.cancellationRequested);
      own.run(waiting);
      const beforeNoReturn = ['book-rooms compensated'];
      const afterIt = ['book-rooms completed', 'cancel-booking completed'];
      assert.deepEqual(
        own.sagas(),
        step === 'HoldRooms' || step === 'TakeDeposit' ? beforeNoReturn : afterIt,
      );
    });
  }

  it('of a refused booking stays undone', () => {
    const own = forgetful({ ...ANSWERS, TakeDeposit: said.declined });
    own.run(own.deliver(said.requested));
    own.deliver(said.cancellationRequested);
    assert.deepEqual(own.sagas(), ['book-rooms compensated']);
  });
});
