import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OrderPlaced } from '@order-saga/contracts/order';
import { defineSaga, minutes, withDeadline } from '@sagakit/saga/define';
import { done, nothing, refuse } from '@sagakit/saga/state';
import { inventory } from '../src/sagas/participants.ts';
import { placeOrder } from '../src/sagas/place-order.saga.ts';

const head = {
  name: 'test',
  version: 1,
  startsOn: OrderPlaced,
  refusals: ['out-of-stock', 'payment-declined'],
  begin: ({ orderId }: { orderId: string }) => ({ orderId }),
  whenUndone: nothing('a test'),
} as Parameters<typeof defineSaga>[0];

const step = {
  send: () => inventory.reserve({ orderId: '' as never, lines: [] }),
  on: { InventoryReserved: () => done(), InventoryReservationRejected: () => refuse('out-of-stock') },
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
    assert.throws(
      () => defineSaga(head).step('a', step).step('b', step),
      /InventoryReserved answers both a and b/,
    );
  });
  it('refuses the name of the telling at the end', () => {
    assert.throws(() => defineSaga(head).step('when-undone', step), /cannot be called when-undone/);
  });
  it('takes another deadline for every step', () => {
    assert.deepEqual(
      withDeadline(placeOrder, 700).steps.map(({ within }) => within),
      [700, 700, 700, 700],
    );
    assert.equal(withDeadline(placeOrder, undefined), placeOrder);
  });
  it('knows which steps can be undone', () => {
    assert.deepEqual(
      placeOrder.steps.map(({ name, beforeNoReturn }) => [name, beforeNoReturn]),
      [
        ['reserve-inventory', true],
        ['process-payment', true],
        ['confirm-order', false],
        ['commit-inventory', false],
      ],
    );
  });
});

// What must not compile. `tsc` fails if one of these lines ever does.
const { send, undo, within } = step;
const reversible = defineSaga(head);
const final = reversible.pointOfNoReturn();
const twoAnswers = () => inventory.reserve({ orderId: '' as never, lines: [] });

const release = () => inventory.release({ orderId: '' as never });

export const doNotCompile = {
  answerLeftOut: () =>
    // @ts-expect-error InventoryReservationRejected is missing
    reversible.step('a', { send, on: { InventoryReserved: () => done() }, undo, within }),
  refusalTooLate: () =>
    // @ts-expect-error there is no refusal after the point of no return
    final.step('a', { send, on: step.on, within }),
  undoTooLate: () =>
    // @ts-expect-error nothing is undone after the point of no return
    final.step('a', { send: release, on: { InventoryReleased: () => done() }, undo, within }),
  refusableUndo: () =>
    // @ts-expect-error an undo is a command with exactly one answer
    reversible.step('a', { send, on: step.on, undo: twoAnswers, within }),
};
