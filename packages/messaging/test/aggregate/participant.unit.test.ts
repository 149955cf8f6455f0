/**
 * One message about one row: the next sequence numbers, the reply that is remembered, the calls that are
 * asked for.
 */
import {
  catalogue,
  RoomsNotHeld,
  RoomsHeld,
  DepositDeclined,
  DepositTaken,
  DepositReturned,
  TakeDeposit,
  ReturnDeposit,
  HoldRooms,
  SagaStarted,
  type BookingId,
  type RoomId,
} from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import { causedBy, type Decision, decide, ignore } from '../../src/aggregate/decision.ts';
import { handleRow, replyGiven } from '../../src/aggregate/participant.ts';
import type { Row } from '../../src/aggregate/rows.ts';
import { type MessageContext, contextOf, rootContext, toEnvelope } from '../../src/to-envelope.ts';
import { newTraceparent } from '../../src/trace.ts';

const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;
const lines = [{ room: 'R-0001' as RoomId, quantity: 1 }];
const amount = { amount: 500, currency: 'EUR' };
const now = new Date('2026-01-01T00:00:00Z');
type State = { asked: number };
const row: Row<State> = { key: bookingId, version: 4, sequence: 6, replies: {}, state: { asked: 1 } };
const command = toEnvelope(ReturnDeposit({ bookingId }), rootContext('story', newTraceparent()), {
  writer: { source: '/s', catalogue },
  sequence: 1,
  now,
});
const incoming = { message: command, cause: contextOf(command) };

function handle(decision: Decision<State>, from: Row<State> = row, input = incoming) {
  const kept: { row: Row<State>; messages: Envelope[] }[] = [];
  const asked: unknown[] = [];
  const outcome = handleRow(from, input, {
    writer: { source: '/deposits', catalogue },
    now,
    decide: (...args) => {
      asked.push(args);
      return decision;
    },
    keep: (next, messages) => void kept.push({ row: next, messages }),
  });
  return { outcome, kept, asked };
}
const declined = DepositDeclined({ bookingId, code: 'no-money' });
const returned = DepositReturned({ bookingId, amount });

describe('several messages of one decision', () => {
  it('have the next sequence numbers, one after the other, and the row counts them all', () => {
    const { outcome, kept } = handle(decide<State>({ asked: 2 }, [declined, returned, declined]));
    assert.deepEqual(
      outcome.messages.map(({ sequence, type }) => [Number(sequence), type]),
      [
        [7, 'DepositDeclined'],
        [8, 'DepositReturned'],
        [9, 'DepositDeclined'],
      ],
    );
    assert.equal(kept.length, 1);
    assert.deepEqual([kept[0]?.row.sequence, kept[0]?.row.state, kept[0]?.row.version], [9, { asked: 2 }, 4]);
    assert.deepEqual(kept[0]?.messages, outcome.messages);
    for (const { source, time, causationid } of outcome.messages)
      assert.deepEqual([source, time, causationid], ['/deposits', now.toISOString(), command.id]);
  });
  it('may be in the name of an earlier request, which is then their cause and stands in none of them', () => {
    const earlier: MessageContext = {
      id: 'earlier',
      correlationid: 'other story',
      hops: 9,
      traceparent: newTraceparent(),
    };
    const { outcome } = handle(decide<State>({ asked: 2 }, [declined, causedBy(earlier, returned)]));
    assert.deepEqual(
      outcome.messages.map(({ causationid, correlationid, hops }) => [causationid, correlationid, hops]),
      [
        [command.id, 'story', command.hops + 1],
        ['earlier', 'other story', 10],
      ],
    );
    assert.equal('cause' in (outcome.messages[1] as Envelope), false);
  });
  it('are remembered where they are replies to commands, each by its type, beside those of before', () => {
    const before = {
      DepositTaken: toEnvelope(
        DepositTaken({ bookingId, depositId: 'p', amount }),
        rootContext('s', newTraceparent()),
        {
          writer: { source: '/p', catalogue },
          sequence: 1,
          now,
        },
      ),
    };
    const told = SagaStarted({ bookingId, saga: 'x', version: 1 });
    const { outcome, kept } = handle(decide<State>({ asked: 2 }, [declined, told, returned]), {
      ...row,
      replies: before,
    });
    const [first, , third] = outcome.messages;
    assert.deepEqual(kept[0]?.row.replies, { ...before, DepositDeclined: first, DepositReturned: third });
  });
  it('that are no replies leave what is remembered as it is', () => {
    const { kept } = handle(decide<State>({ asked: 2 }, [SagaStarted({ bookingId, saga: 'x', version: 1 })]));
    assert.equal(kept[0]?.row.replies, row.replies);
  });
});

describe('a decision', () => {
  it('is asked for with the state, the message and the clock', () => {
    assert.deepEqual(handle(ignore('x')).asked, [[{ asked: 1 }, command, now]]);
  });
  it('that ignores says so, and nothing else', () => {
    const { outcome, kept } = handle(ignore('still-returning'));
    assert.deepEqual(outcome, { messages: [], effects: [], ignored: 'still-returning' });
    assert.deepEqual(kept, []);
  });
  it('whose message cannot be written is not kept', () => {
    const kept: unknown[] = [];
    const options = {
      writer: { source: '/rooms', catalogue },
      now,
      decide: () => decide<State>({ asked: 9 }, [RoomsHeld({ bookingId, lines: [] })]),
      keep: (next: Row<State>) => void kept.push(next),
    };
    assert.throws(() => handleRow(row, incoming, options), /Too small/);
    assert.deepEqual(kept, []);
  });
  it('of nothing but a state is kept', () => {
    const { outcome, kept } = handle(decide<State>({ asked: 5 }));
    assert.deepEqual(outcome, { messages: [], effects: [], cancels: [] });
    assert.deepEqual(kept, [{ row: { ...row, state: { asked: 5 } }, messages: [] }]);
  });
});

describe('the reply that was given', () => {
  const replied = {
    ...row,
    replies: {
      DepositReturned: toEnvelope(returned, contextOf(command), {
        writer: { source: '/p', catalogue },
        sequence: 3,
        now,
      }),
    },
  };
  it('is given again, alone, and nothing is decided or kept', () => {
    const { outcome, kept, asked } = handle(decide<State>({ asked: 9 }), replied);
    assert.deepEqual(outcome, { messages: [replied.replies.DepositReturned], effects: [] });
    assert.deepEqual([kept, asked], [[], []]);
  });
  it('is any of those that the command can have, and of no other command', () => {
    assert.equal(replyGiven(replied, ReturnDeposit.type, catalogue), replied.replies.DepositReturned);
    assert.equal(replyGiven(replied, TakeDeposit.type, catalogue), undefined);
    assert.equal(replyGiven(replied, 'Nonsense', catalogue), undefined);
    assert.equal(replyGiven(row, ReturnDeposit.type, catalogue), undefined);
    const by = { writer: { source: '/i', catalogue }, sequence: 1, now };
    const first = toEnvelope(RoomsHeld({ bookingId, lines }), contextOf(command), by);
    const second = toEnvelope(
      RoomsNotHeld({ bookingId, code: 'undone', missing: [] }),
      contextOf(command),
      by,
    );
    assert.equal(replyGiven({ ...row, replies: { [first.type]: first } }, HoldRooms.type, catalogue), first);
    assert.equal(
      replyGiven({ ...row, replies: { [second.type]: second } }, HoldRooms.type, catalogue),
      second,
    );
  });
});

describe('a call to the outside', () => {
  it('is asked for in the name of the message, with an id of its own and no attempt made', () => {
    const { outcome } = handle(
      decide<State>(
        { asked: 2 },
        [],
        [
          { kind: 'give-back', request: { amount } },
          { kind: 'give-back', request: 1 },
        ],
      ),
    );
    const [one, two] = outcome.effects;
    assert.match(one?.id ?? '', /^[0-9a-f-]{36}$/);
    assert.notEqual(one?.id, two?.id);
    assert.deepEqual(
      { ...one, id: '' },
      {
        id: '',
        kind: 'give-back',
        subject: bookingId,
        request: { amount },
        cause: incoming.cause,
        attempts: 0,
        started: true,
      },
    );
  });
  it('that may be cancelled is not started; one of an earlier request is in that name', () => {
    const cause: MessageContext = { correlationid: 'earlier', hops: 1, traceparent: newTraceparent() };
    const { outcome } = handle(
      decide<State>({ asked: 2 }, [], [{ kind: 'collect', request: {}, cancellable: true, cause }]),
    );
    assert.deepEqual([outcome.effects[0]?.started, outcome.effects[0]?.cause], [false, cause]);
  });
  it('that is cancelled is named by its kind and the subject', () => {
    const { outcome } = handle(
      decide<State>({ asked: 2 }, [], [], [{ kind: 'collect' }, { kind: 'letter' }]),
    );
    assert.deepEqual(outcome.cancels, [
      { kind: 'collect', subject: bookingId },
      { kind: 'letter', subject: bookingId },
    ]);
  });
});
