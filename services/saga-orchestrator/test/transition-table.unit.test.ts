/**
 * The whole transition table of place-order: every input in every kind of state, one sentence a cell. What
 * the cells lead to in the end is told in place-order.unit.test.ts; a reply that carries another saga's id
 * never comes as far as `react` (move-saga.unit.test.ts).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTENTION_AFTER } from '@sagakit/saga/react';
import type { IgnoreReason } from '@sagakit/saga/state';
import { placeOrder } from '../src/sagas/place-order.saga.ts';
import {
  confirmed,
  declined,
  outOfStock,
  paid,
  placed,
  refunded,
  rejected,
  released,
  reserved,
  committed,
} from './messages.ts';
import { scenario } from '@sagakit/saga/testing';

type Tale = ReturnType<typeof scenario>;

const timedOutUntilAttention = (tale: Tale): Tale => {
  for (let send = 0; send < ATTENTION_AFTER; send++) tale.timesOut();
  return tale.is('needs-attention').forget();
};
const paying = () => scenario(placeOrder).given(placed).reply(reserved).forget();
const confirming = () => paying().reply(paid).forget();
const refunding = () => paying().timesOut().forget();

/** Each kind of state; what is waited for stands in brackets. */
const STATES: Record<string, () => Tale> = {
  'no row': () => scenario(placeOrder),
  'running, before no return (payment)': paying,
  'running, after (confirmation)': confirming,
  'compensating (refund)': refunding,
  'needs-attention, was running (confirmation)': () => timedOutUntilAttention(confirming()),
  'needs-attention, was compensating (refund)': () => timedOutUntilAttention(refunding()),
  completed: () => confirming().reply(confirmed).reply(committed).is('completed').forget(),
  compensated: () => refunding().reply(refunded).reply(released).reply(rejected).is('compensated').forget(),
};

/** Commands that are sent and the status that follows; or the name by which the input is ignored. */
type Cell = IgnoreReason | { sends: string[]; is: string; thenCancels?: true };
const sends = (is: string, ...commands: string[]): Cell => ({ sends: commands, is });

type Row = { input: (tale: Tale) => Tale; cells: Cell[] };

/** Whatever it says. */
const OF_AN_EARLIER_STEP: Cell[] = [
  'message-before-start',
  'duplicate-reply',
  'duplicate-reply',
  'reply-after-undo',
  'duplicate-reply',
  'reply-after-undo',
  'reply-after-end',
  'reply-after-end',
];

const TABLE: Record<string, Row> = {
  'a start': {
    input: (tale) => tale.given(placed),
    cells: [
      sends('running', 'ReserveInventory'),
      ...Array.from({ length: 7 }, (): Cell => 'started-already'),
    ],
  },
  'the success that is waited for': {
    input: (tale) => tale.reply(tale.state() && isConfirming(tale) ? confirmed : paid),
    cells: [
      'message-before-start',
      sends('running', 'ConfirmOrder'),
      sends('running', 'CommitInventory'),
      'reply-after-undo',
      sends('running', 'CommitInventory'),
      'reply-after-undo',
      'reply-after-end',
      'reply-after-end',
    ],
  },
  'a refusal of the payment': {
    input: (tale) => tale.reply(declined),
    cells: [
      'message-before-start',
      sends('compensating', 'ReleaseInventory'),
      'duplicate-reply',
      'reply-after-undo',
      'duplicate-reply',
      'reply-after-undo',
      'reply-after-end',
      'reply-after-end',
    ],
  },
  'the acknowledgement of the refund': {
    input: (tale) => tale.reply(refunded),
    cells: [
      'message-before-start',
      'foreign-reply',
      'foreign-reply',
      sends('compensating', 'ReleaseInventory'),
      'foreign-reply',
      sends('compensating', 'ReleaseInventory'),
      'reply-after-end',
      'reply-after-end',
    ],
  },
  'an answer of an earlier step': {
    input: (tale) => tale.reply(reserved),
    cells: OF_AN_EARLIER_STEP,
  },
  'a refusal of an earlier step': {
    input: (tale) => tale.reply(outOfStock),
    cells: OF_AN_EARLIER_STEP,
  },
  'an alarm before the deadline': {
    input: (tale) => tale.alarm(),
    cells: [
      'message-before-start',
      ...Array.from({ length: 5 }, (): Cell => 'deadline-moved'),
      'deadline-after-end',
      'deadline-after-end',
    ],
  },
  'the deadline': {
    input: (tale) => (isWaiting(tale) ? tale.timesOut() : tale.alarm()),
    cells: [
      'message-before-start',
      sends('compensating', 'RefundPayment'),
      sends('running', 'ConfirmOrder'),
      sends('compensating', 'RefundPayment'),
      sends('needs-attention', 'ConfirmOrder'),
      sends('needs-attention', 'RefundPayment'),
      'deadline-after-end',
      'deadline-after-end',
    ],
  },
  'a cancellation': {
    input: (tale) => tale.cancel(),
    cells: [
      'message-before-start',
      sends('running'),
      sends('running'),
      'cancel-while-undoing',
      sends('needs-attention'),
      'cancel-while-undoing',
      { sends: [], is: 'completed', thenCancels: true },
      'cancel-after-undo',
    ],
  },
  "an operator's retry": {
    input: (tale) => tale.retry(),
    cells: [
      'message-before-start',
      'retry-not-needed',
      sends('running', 'ConfirmOrder'),
      sends('compensating', 'RefundPayment'),
      sends('running', 'ConfirmOrder'),
      sends('compensating', 'RefundPayment'),
      'operator-after-end',
      'operator-after-end',
    ],
  },
  "an operator's compensate": {
    input: (tale) => tale.compensate(),
    cells: [
      'message-before-start',
      sends('compensating', 'RefundPayment'),
      'compensate-after-no-return',
      'compensate-while-undoing',
      'compensate-after-no-return',
      'compensate-while-undoing',
      'operator-after-end',
      'operator-after-end',
    ],
  },
};

const waitsFor = (tale: Tale) => {
  const state = tale.state();
  return state && 'waiting' in state ? state.waiting.step : undefined;
};
const isWaiting = (tale: Tale) => waitsFor(tale) !== undefined;
const isConfirming = (tale: Tale) => waitsFor(tale) === 'confirm-order';

for (const [name, { input, cells }] of Object.entries(TABLE)) {
  describe(name, () => {
    assert.equal(cells.length, Object.keys(STATES).length);
    for (const [index, [state, begin]] of Object.entries(STATES).entries()) {
      const cell = cells[index] as Cell;
      const outcome =
        typeof cell === 'string'
          ? `is ignored: ${cell}`
          : `${cell.sends.length > 0 ? `sends ${cell.sends.join(', ')}` : 'sends nothing'}, then ${cell.is}${cell.thenCancels ? ', and the cancelling saga begins' : ''}`;
      it(`in ${state} ${outcome}`, () => {
        const tale = input(begin());
        if (typeof cell === 'string') tale.ignored(cell);
        else {
          tale.sends(...cell.sends);
          assert.equal(tale.state()?.status, cell.is);
          if (cell.thenCancels) tale.thenCancels();
        }
      });
    }
  });
}
