/**
 * What the runtime adds around `react`: envelopes, whose consequence each is, hops, and which saga a message
 * is for.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_HOPS } from '@sagakit/messages/envelope';
import { newId } from '@sagakit/resilience/ids';
import { newTraceparent, parseTraceparent } from '@sagakit/messaging/trace';
import {
  cancellationRequested,
  cancelled,
  committed,
  confirmed,
  declined,
  orderId,
  outOfStock,
  paid,
  placed,
  refunded,
  released,
  reserved,
} from './messages.ts';
import { commandIn, orchestrator, SOURCE, typesOf } from './orchestrator.ts';

type Own = ReturnType<typeof orchestrator>;

/** An order on its way, with the command that is unanswered. */
function begun() {
  const own = orchestrator();
  const start = own.tell(placed);
  return { own, start, asked: commandIn(start, 'ReserveInventory') };
}
function paying() {
  const { own, start, asked } = begun();
  return { own, start, asked: commandIn(own.tell(reserved, asked), 'ProcessPayment') };
}
function confirming() {
  const { own, start, asked } = paying();
  return { own, start, asked: commandIn(own.tell(paid, asked), 'ConfirmOrder') };
}
function committing() {
  const { own, start, asked } = confirming();
  return { own, start, asked: commandIn(own.tell(confirmed, asked), 'CommitInventory') };
}
function completed() {
  const { own, start, asked } = committing();
  assert.deepEqual(typesOf(own.tell(committed, asked)), ['SagaCompleted']);
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
    const first = commandIn(own.timesOut(), 'RefundPayment');
    const ids = new Set([first.id]);
    let last = first;
    for (let again = 0; again < MAX_HOPS * 2; again++) {
      last = commandIn(own.timesOut(), 'RefundPayment');
      ids.add(last.id);
      assert.equal(last.hops, first.hops);
    }
    assert.equal(ids.size, MAX_HOPS * 2 + 1);
    assert.equal(first.causationid, pay.id, "a deadline's message names the command that stayed unanswered");
    assert.equal(last.correlationid, 'story');
  });

  it('continues the sequence without a gap, and names the saga', () => {
    const own = orchestrator();
    const start = own.tell(placed);
    const pay = own.tell(reserved, commandIn(start, 'ReserveInventory'));
    const confirm = own.tell(paid, commandIn(pay, 'ProcessPayment'));
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
  it('belongs to the trace of the hand that sent it again, and to the story of the order', () => {
    const { own, asked } = confirming();
    const traceparent = newTraceparent();
    const again = commandIn(own.retry(traceparent), 'ConfirmOrder');
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
    const answer = own.tell(reserved, asked);
    const pay = commandIn(answer, 'ProcessPayment');
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
    assert.deepEqual(typesOf(start), ['SagaStarted', 'ReserveInventory']);
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
    assert.deepEqual(typesOf(own.compensate('the warehouse is on fire')), [
      'SagaCompensating',
      'RefundPayment',
    ]);
    const { saga } = own.row();
    assert.deepEqual('why' in saga && saga.why, {
      kind: 'operator',
      reason: 'stopped-by-operator',
      note: 'the warehouse is on fire',
    });
  });
});

describe('a reply to another saga of the order', () => {
  const other = () => ({ sagaid: newId() });

  const situations: [
    string,
    () => { own: Own; asked: ReturnType<typeof begun>['asked'] },
    typeof reserved | typeof paid | typeof refunded | typeof committed,
  ][] = [
    ['while it runs', begun, reserved],
    ['past the point of no return', committing, committed],
    [
      'while it is undone',
      () => {
        const { own } = paying();
        return { own, asked: commandIn(own.timesOut(), 'RefundPayment') };
      },
      refunded,
    ],
    ['after its end', completed, committed],
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
    own.tell(outOfStock, { ...asked, ...other() });
    assert.deepEqual(typesOf(own.tell(reserved, asked)), ['ProcessPayment']);
  });
  it('is no matter for what is no reply: a start again is named as one', () => {
    const { own } = begun();
    unchanged(own, () => own.tell(placed), 'started-already');
  });
});

describe('what comes before the start', () => {
  it('is ignored by name, a cancellation too: it starts nothing by itself', () => {
    const own = orchestrator();
    for (const message of [reserved, cancellationRequested])
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
  it('is where the order was heard of last, and an alarm does not change it', () => {
    const { own, asked } = begun();
    own.tell(reserved, asked, 2);
    assert.equal(own.row().partition, 2);
    own.timesOut();
    assert.equal(own.row().partition, 2);
  });
  it('is the first where a story began without one', () => {
    const own = orchestrator();
    own.tell(placed, undefined, null);
    assert.equal(own.row().partition, 0);
  });
});

describe('a cancellation past the point of no return', () => {
  /** As the orchestrator is left when the cancelling saga has begun. */
  function cancelling() {
    const { own, start, asked } = committing();
    const request = own.tell(cancellationRequested, start.told);
    assert.deepEqual([request.messages, request.ignored], [[], undefined]);
    return { own, start, asked, request: request.told, end: own.tell(committed, asked) };
  }

  it('is kept, with the request, until the saga is complete', () => {
    const { own, start, asked } = confirming();
    const { told } = own.tell(cancellationRequested, start.told);
    const { cancelRequest, saga } = own.row();
    assert.equal(saga.status === 'running' && saga.cancel, true);
    assert.equal(cancelRequest?.id, told.id);
    const commit = commandIn(own.tell(confirmed, asked), 'CommitInventory');
    assert.equal(own.row().cancelRequest?.id, told.id, 'the request was lost on the way');
    assert.deepEqual(typesOf(own.tell(committed, commit)).slice(-2), ['SagaStarted', 'RefundPayment']);
  });
  it('then begins the cancelling saga, in the same step, without a gap in the sequence', () => {
    const { own, end } = cancelling();
    assert.deepEqual(typesOf(end), ['SagaCompleted', 'SagaStarted', 'RefundPayment']);
    const numbers = end.messages.map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      numbers,
      [0, 1, 2].map((at) => (numbers[0] ?? 0) + at),
    );
    assert.equal(own.sequence(), numbers.at(-1));
  });
  it('whose saga is caused by the request and bears its id', () => {
    const { own, start, end, request } = cancelling();
    const [done, started, refund] = end.messages;
    assert.deepEqual([done?.sagaid, done?.causationid], [start.told.id, end.told.id]);
    for (const message of [started, refund]) {
      assert.equal(message?.sagaid, request.id);
      assert.equal(message?.causationid, request.id);
      assert.equal(message?.hops, request.hops + 1);
      assert.equal(message?.correlationid, 'story');
    }
    assert.deepEqual(started?.data, { orderId, saga: 'cancel-order', version: 1 });
    assert.equal(own.row().lastCommand.id, refund?.id);
  });
  it('and the saga that is complete becomes an earlier one', () => {
    const { own, request } = cancelling();
    const { sagaId, saga, earlier, cancelRequest, correlationId, partition } = own.row();
    assert.deepEqual([sagaId, cancelRequest, correlationId, partition], [request.id, undefined, 'story', 1]);
    assert.deepEqual([saga.name, saga.status, saga.subject], ['cancel-order', 'running', orderId]);
    assert.deepEqual(
      earlier.map(({ name, status }) => [name, status]),
      [['place-order', 'completed']],
    );
  });
  it('of a complete order begins it at once', () => {
    const { own, start } = completed();
    const request = own.tell(cancellationRequested, start.told);
    assert.deepEqual(typesOf(request), ['SagaStarted', 'RefundPayment']);
    assert.equal(own.row().sagaId, request.told.id);
    assert.equal(own.row().earlier.length, 1);
  });
  it('does not hear what comes late for the saga that is complete, and goes through by its own answers', () => {
    const { own, asked, end } = cancelling();
    unchanged(own, () => own.tell(committed, asked), 'reply-to-another-saga');
    unchanged(own, () => own.tell(refunded, asked), 'reply-to-another-saga');
    const release = commandIn(own.tell(refunded, commandIn(end, 'RefundPayment')), 'ReleaseInventory');
    const cancel = commandIn(own.tell(released, release), 'CancelOrder');
    assert.deepEqual(typesOf(own.tell(cancelled, cancel)), ['SagaCompleted']);
    assert.deepEqual([own.row().saga.status, own.row().earlier.length], ['completed', 1]);
  });
  it('is sent again once timed out, like every command, in the name of its own saga', () => {
    const { own, request, end } = cancelling();
    const again = commandIn(own.timesOut(), 'RefundPayment');
    assert.equal(again.sagaid, request.id);
    assert.equal(again.causationid, commandIn(end, 'RefundPayment').id);
  });
});

describe('a cancellation before the point of no return', () => {
  it('turns the saga back, and begins no second one', () => {
    const { own, start, asked } = paying();
    own.tell(cancellationRequested, start.told);
    const refund = own.tell(paid, asked);
    assert.deepEqual(typesOf(refund), ['SagaCompensating', 'RefundPayment']);
    const release = own.tell(refunded, commandIn(refund, 'RefundPayment'));
    const cancel = own.tell(released, commandIn(release, 'ReleaseInventory'));
    assert.deepEqual(typesOf(own.tell(cancelled, commandIn(cancel, 'CancelOrder'))), ['SagaCompensated']);
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
    unchanged(own, () => own.tell(committed, asked), 'reply-after-end');
    unchanged(own, () => own.tell(placed), 'started-already');
    unchanged(own, () => own.retry(), 'operator-after-end');
    assert.equal(own.alarm().ignored, 'deadline-after-end');
  });
  it('can still be cancelled', () => {
    const { own } = ofBefore();
    assert.deepEqual(typesOf(own.tell(cancellationRequested)), ['SagaStarted', 'RefundPayment']);
    assert.equal(own.row().saga.name, 'cancel-order');
    assert.equal(own.row().earlier[0]?.version, 99);
  });
  it('is, while it lives, left to the release that has it', () => {
    const { own, asked } = committing();
    own.row().saga.version = 99;
    assert.throws(() => own.tell(committed, asked), /this release does not have version 99 of place-order/);
  });
});
