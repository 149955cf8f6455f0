/**
 * What the runtime adds around `react`: envelopes, whose consequence each is, hops, and which saga a message
 * is for.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_HOPS } from '@sagakit/messages/envelope';
import { newId } from '@sagakit/resilience/ids';
import { newTraceparent, parseTraceparent } from '@sagakit/messaging/trace';
import { commandIn, oneSaga, SOURCE, typesOf } from './one-saga.ts';
import {
  bookingId,
  cancellationRequested,
  cancelled,
  confirmed,
  declined,
  freed,
  held,
  kept,
  notHeld,
  requested,
  returned,
  taken,
} from './said.ts';

type Own = ReturnType<typeof oneSaga>;

/** A booking on its way, with the command that is unanswered. */
function begun() {
  const own = oneSaga();
  const start = own.tell(requested);
  return { own, start, asked: commandIn(start, 'HoldRooms') };
}
function paying() {
  const { own, start, asked } = begun();
  return { own, start, asked: commandIn(own.tell(held, asked), 'TakeDeposit') };
}
function confirming() {
  const { own, start, asked } = paying();
  return { own, start, asked: commandIn(own.tell(taken, asked), 'ConfirmBooking') };
}
function committing() {
  const { own, start, asked } = confirming();
  return { own, start, asked: commandIn(own.tell(confirmed, asked), 'KeepRooms') };
}
function completed() {
  const { own, start, asked } = committing();
  assert.deepEqual(typesOf(own.tell(kept, asked)), ['SagaCompleted']);
  return { own, start, asked };
}
/** What the outcome leaves as it was. */
const unchanged = (own: Own, outcome: () => { ignored?: string; messages: unknown[] }, reason: string) => {
  const [row, sequence, kept] = [own.row(), own.sequence(), own.kept()];
  const { ignored, messages } = outcome();
  assert.equal(ignored, reason);
  assert.deepEqual(messages, []);
  assert.equal(own.row(), row);
  assert.equal(own.sequence(), sequence);
  assert.equal(own.kept(), kept, 'the row was kept anew');
};

describe('a command that is sent again', () => {
  it('has an id of its own and the hops of the first, however often: an undo refused for an hour does not run into the hop limit', () => {
    const { own, asked: pay } = paying();
    const first = commandIn(own.timesOut(), 'ReturnDeposit');
    const ids = new Set([first.id]);
    let last = first;
    for (let again = 0; again < MAX_HOPS * 2; again++) {
      last = commandIn(own.timesOut(), 'ReturnDeposit');
      ids.add(last.id);
      assert.equal(last.hops, first.hops);
    }
    assert.equal(ids.size, MAX_HOPS * 2 + 1);
    assert.equal(first.causationid, pay.id, "a deadline's message names the command that stayed unanswered");
    assert.equal(last.correlationid, 'story');
  });

  it('continues the sequence without a gap, and names the saga', () => {
    const own = oneSaga();
    const start = own.tell(requested);
    const pay = own.tell(held, commandIn(start, 'HoldRooms'));
    const confirm = own.tell(taken, commandIn(pay, 'TakeDeposit'));
    const again = own.timesOut();
    const all = [start, pay, confirm, again].flatMap(({ messages }) => messages);
    assert.deepEqual(
      all.map(({ sequence }) => Number(sequence)),
      all.map((_, at) => at + 1),
    );
    assert.deepEqual(new Set(all.map(({ sagaid }) => sagaid)), new Set([start.told.id]));
    assert.deepEqual(new Set(all.map(({ source }) => source)), new Set([SOURCE]));
    assert.equal(own.sequence(), all.length);
  });
  it('belongs to the trace of the hand that sent it again, and to the story of the booking', () => {
    const { own, asked } = confirming();
    const traceparent = newTraceparent();
    const again = commandIn(own.retry(traceparent), 'ConfirmBooking');
    assert.equal(parseTraceparent(again.traceparent)?.traceId, parseTraceparent(traceparent)?.traceId);
    assert.equal(again.correlationid, 'story');
    assert.equal(again.causationid, asked.id);
    assert.equal(again.hops, asked.hops);
    assert.notEqual(again.id, asked.id);
    assert.equal(own.row().lastCommand.id, again.id);
  });
});

describe('a consequence', () => {
  it('of an answer carries on what the answer says: cause, hops, trace, story', () => {
    const { own, start, asked } = begun();
    const answer = own.tell(held, asked);
    const pay = commandIn(answer, 'TakeDeposit');
    assert.equal(pay.causationid, answer.told.id);
    assert.equal(pay.hops, answer.told.hops + 1);
    assert.equal(pay.sagaid, start.told.id);
    assert.equal(pay.correlationid, 'story');
    assert.equal(
      parseTraceparent(pay.traceparent)?.traceId,
      parseTraceparent(answer.told.traceparent)?.traceId,
    );
    assert.equal(own.row().lastCommand.id, pay.id);
  });
  it('of a start names it, and the saga bears its id', () => {
    const { own, start, asked } = begun();
    assert.deepEqual(typesOf(start), ['SagaStarted', 'HoldRooms']);
    assert.equal(asked.causationid, start.told.id);
    assert.equal(asked.hops, start.told.hops + 1);
    const { sagaId, correlationId, partition, alarmAt, earlier, cancelRequest } = own.row();
    assert.deepEqual(
      { sagaId, correlationId, partition, alarmAt, earlier, cancelRequest },
      {
        sagaId: start.told.id,
        correlationId: 'story',
        partition: 1,
        alarmAt: undefined,
        earlier: [],
        cancelRequest: undefined,
      },
    );
  });
  it("of an operator's word goes by the operator's trace, and the note is kept", () => {
    const { own } = paying();
    assert.deepEqual(typesOf(own.compensate('the hotel is on fire')), ['SagaCompensating', 'ReturnDeposit']);
    const { saga } = own.row();
    assert.deepEqual('why' in saga && saga.why, {
      kind: 'operator',
      reason: 'stopped-by-operator',
      note: 'the hotel is on fire',
    });
  });
});

describe('a reply to another saga of the booking', () => {
  const other = () => ({ sagaid: newId() });

  const situations: [
    string,
    () => { own: Own; asked: ReturnType<typeof begun>['asked'] },
    typeof held | typeof taken | typeof returned | typeof kept,
  ][] = [
    ['while it runs', begun, held],
    ['past the point of no return', committing, kept],
    [
      'while it is undone',
      () => {
        const { own } = paying();
        return { own, asked: commandIn(own.timesOut(), 'ReturnDeposit') };
      },
      returned,
    ],
    ['after its end', completed, kept],
  ];
  for (const [when, situation, answer] of situations) {
    it(`is ignored by name ${when}, though it is just what is waited for`, () => {
      const { own, asked } = situation();
      unchanged(own, () => own.tell(answer, { ...asked, ...other() }), 'reply-to-another-saga');
      const { sagaid: _, ...nameless } = asked;
      unchanged(own, () => own.tell(answer, nameless), 'reply-to-another-saga');
    });
  }
  it('does not keep the reply to this one from being taken', () => {
    const { own, asked } = begun();
    own.tell(notHeld, { ...asked, ...other() });
    assert.deepEqual(typesOf(own.tell(held, asked)), ['TakeDeposit']);
  });
  it('is no matter for what is no reply: a start again is named as one', () => {
    const { own } = begun();
    unchanged(own, () => own.tell(requested), 'started-already');
  });
});

describe('what comes before the start', () => {
  it('is ignored by name, a cancellation too: it starts nothing by itself', () => {
    const own = oneSaga();
    for (const message of [held, cancellationRequested])
      assert.equal(own.tell(message).ignored, 'message-before-start');
    assert.equal(own.kept(), 0);
  });
});

describe('an alarm that rings too early', () => {
  it('changes nothing, but is set anew: the row is kept without it', () => {
    const { own } = paying();
    own.setAlarm('2026-01-01T12:01:00.000Z');
    const [before, sequence, kept] = [own.row(), own.sequence(), own.kept()];
    const { ignored, messages } = own.alarm();
    assert.equal(ignored, 'deadline-moved');
    assert.deepEqual(messages, []);
    assert.equal(own.kept(), kept + 1);
    assert.equal(own.sequence(), sequence);
    const { alarmAt, ...rest } = own.row();
    assert.equal(alarmAt, undefined);
    assert.deepEqual(rest, JSON.parse(JSON.stringify({ ...before, alarmAt: undefined })));
  });
});

describe('the partition', () => {
  it('is where the booking was heard of last, and an alarm does not change it', () => {
    const { own, asked } = begun();
    own.tell(held, asked, 2);
    assert.equal(own.row().partition, 2);
    own.timesOut();
    assert.equal(own.row().partition, 2);
  });
  it('is the first where a story began without one', () => {
    const own = oneSaga();
    own.tell(requested, undefined, null);
    assert.equal(own.row().partition, 0);
  });
});

describe('a cancellation past the point of no return', () => {
  /** As the orchestrator is left when the cancelling saga has begun. */
  function cancelling() {
    const { own, start, asked } = committing();
    const request = own.tell(cancellationRequested, start.told);
    assert.deepEqual([request.messages, request.ignored], [[], undefined]);
    return { own, start, asked, request: request.told, end: own.tell(kept, asked) };
  }

  it('is kept, with the request, until the saga is complete', () => {
    const { own, start, asked } = confirming();
    const { told } = own.tell(cancellationRequested, start.told);
    const { cancelRequest, saga } = own.row();
    assert.equal(saga.status === 'running' && saga.cancel, true);
    assert.equal(cancelRequest?.id, told.id);
    const commit = commandIn(own.tell(confirmed, asked), 'KeepRooms');
    assert.equal(own.row().cancelRequest?.id, told.id, 'the request was lost on the way');
    assert.deepEqual(typesOf(own.tell(kept, commit)).slice(-2), ['SagaStarted', 'ReturnDeposit']);
  });
  it('then begins the cancelling saga, in the same step, without a gap in the sequence', () => {
    const { own, end } = cancelling();
    assert.deepEqual(typesOf(end), ['SagaCompleted', 'SagaStarted', 'ReturnDeposit']);
    const numbers = end.messages.map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      numbers,
      [0, 1, 2].map((at) => (numbers[0] ?? 0) + at),
    );
    assert.equal(own.sequence(), numbers.at(-1));
  });
  it('whose saga is caused by the request and bears its id', () => {
    const { own, start, end, request } = cancelling();
    const [done, started, giveBack] = end.messages;
    assert.deepEqual([done?.sagaid, done?.causationid], [start.told.id, end.told.id]);
    for (const message of [started, giveBack]) {
      assert.equal(message?.sagaid, request.id);
      assert.equal(message?.causationid, request.id);
      assert.equal(message?.hops, request.hops + 1);
      assert.equal(message?.correlationid, 'story');
    }
    assert.deepEqual(started?.data, { bookingId, saga: 'cancel-booking', version: 1 });
    assert.equal(own.row().lastCommand.id, giveBack?.id);
  });
  it('and the saga that is complete becomes an earlier one', () => {
    const { own, request } = cancelling();
    const { sagaId, saga, earlier, cancelRequest, correlationId, partition } = own.row();
    assert.deepEqual([sagaId, cancelRequest, correlationId, partition], [request.id, undefined, 'story', 1]);
    assert.deepEqual([saga.name, saga.status, saga.subject], ['cancel-booking', 'running', bookingId]);
    assert.deepEqual(
      earlier.map(({ name, status }) => [name, status]),
      [['book-rooms', 'completed']],
    );
  });
  it('of a complete booking begins it at once', () => {
    const { own, start } = completed();
    const request = own.tell(cancellationRequested, start.told);
    assert.deepEqual(typesOf(request), ['SagaStarted', 'ReturnDeposit']);
    assert.equal(own.row().sagaId, request.told.id);
    assert.equal(own.row().earlier.length, 1);
  });
  it('does not hear what comes late for the saga that is complete, and goes through by its own answers', () => {
    const { own, asked, end } = cancelling();
    unchanged(own, () => own.tell(kept, asked), 'reply-to-another-saga');
    unchanged(own, () => own.tell(returned, asked), 'reply-to-another-saga');
    const free = commandIn(own.tell(returned, commandIn(end, 'ReturnDeposit')), 'FreeRooms');
    const cancel = commandIn(own.tell(freed, free), 'CancelBooking');
    assert.deepEqual(typesOf(own.tell(cancelled, cancel)), ['SagaCompleted']);
    assert.deepEqual([own.row().saga.status, own.row().earlier.length], ['completed', 1]);
  });
  it('is sent again once timed out, like every command, in the name of its own saga', () => {
    const { own, request, end } = cancelling();
    const again = commandIn(own.timesOut(), 'ReturnDeposit');
    assert.equal(again.sagaid, request.id);
    assert.equal(again.causationid, commandIn(end, 'ReturnDeposit').id);
  });
});

describe('a cancellation before the point of no return', () => {
  it('turns the saga back, and begins no second one', () => {
    const { own, start, asked } = paying();
    own.tell(cancellationRequested, start.told);
    const giveBack = own.tell(taken, asked);
    assert.deepEqual(typesOf(giveBack), ['SagaCompensating', 'ReturnDeposit']);
    const free = own.tell(returned, commandIn(giveBack, 'ReturnDeposit'));
    const cancel = own.tell(freed, commandIn(free, 'FreeRooms'));
    assert.deepEqual(typesOf(own.tell(cancelled, commandIn(cancel, 'CancelBooking'))), ['SagaCompensated']);
    assert.deepEqual(
      [own.row().saga.status, own.row().earlier, own.row().sagaId],
      ['compensated', [], start.told.id],
    );
  });
  it('that comes while the saga is undone is ignored by name, and not kept', () => {
    const { own, start, asked } = paying();
    own.tell(declined, asked);
    unchanged(own, () => own.tell(cancellationRequested, start.told), 'cancel-while-undoing');
    assert.equal(own.row().cancelRequest, undefined);
  });
});

describe('a saga that had ended before its version was taken away', () => {
  const ofBefore = () => {
    const { own, asked } = completed();
    own.row().saga.version = 99;
    return { own, asked };
  };
  it('leaves what comes late', () => {
    const { own, asked } = ofBefore();
    unchanged(own, () => own.tell(kept, asked), 'reply-after-end');
    unchanged(own, () => own.tell(requested), 'started-already');
    unchanged(own, () => own.retry(), 'operator-after-end');
    assert.equal(own.alarm().ignored, 'deadline-after-end');
  });
  it('can still be cancelled', () => {
    const { own } = ofBefore();
    assert.deepEqual(typesOf(own.tell(cancellationRequested)), ['SagaStarted', 'ReturnDeposit']);
    assert.equal(own.row().saga.name, 'cancel-booking');
    assert.equal(own.row().earlier[0]?.version, 99);
  });
  it('is, while it lives, left to the release that has it', () => {
    const { own, asked } = committing();
    own.row().saga.version = 99;
    assert.throws(() => own.tell(kept, asked), /this release does not have version 99 of book-rooms/);
  });
});
