import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SagaState } from '@sagakit/saga/state';
import fc from 'fast-check';
import type { Saga, Step } from '../src/api.ts';
import { storyOf } from '../src/story/story.ts';
import { DEFINITIONS, type Does, inputOf, type Script, simulate } from './simulate.ts';

/** The orchestrator's own record of a step, in the shape of `GET /sagas/{orderId}`. */
const ownSteps = (saga: SagaState) =>
  saga.steps.map(({ name, status, attempts, sentAt, endedAt, answer, undo }) => ({
    name,
    status,
    attempts,
    sentAt,
    endedAt,
    answer,
    undo,
  }));

/** The same of the story. */
const seen = ({ name, status, do: act, undo }: Step) => ({
  name,
  status,
  attempts: act.attempts,
  sentAt: act.sentAt,
  endedAt: act.endedAt,
  answer: act.answer,
  undo:
    undo && undo.attempts > 0
      ? JSON.parse(
          JSON.stringify({
            attempts: undo.attempts,
            sentAt: undo.sentAt,
            endedAt: undo.endedAt,
            answer: undo.answer,
          }),
        )
      : undefined,
});

const timeless = (steps: object[]) =>
  JSON.parse(
    JSON.stringify(steps, (key, value: unknown) => (key.endsWith('At') ? 'then' : value)),
  ) as unknown;

const anything = fc.constantFrom<Does>(
  'yes',
  'yes',
  'yes',
  'no',
  'silent',
  'nothing',
  'cancel-then-yes',
  'cancel-then-no',
  'cancel-then-silent',
  'operator',
  'stop',
);
/**
 * One command stays unanswered for some sends, until a saga that only goes on needs attention, and perhaps is
 * freed.
 */
const scripted = fc
  .record({
    all: fc.array(anything, { minLength: 24, maxLength: 24 }),
    still: fc.constantFrom(
      '',
      '',
      'RefundPayment',
      'ReleaseInventory',
      'ConfirmOrder',
      'CommitInventory',
      'RejectOrder',
    ),
    sends: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ all, still, sends }): Script => {
    const left = [...all];
    return (command, attempt) => (command === still && attempt <= sends ? 'silent' : (left.shift() ?? 'yes'));
  });

describe('the sagas of a story', () => {
  it('show the steps as the orchestrator has them, whatever happened', () => {
    const statuses = new Set<string>();
    fc.assert(
      fc.property(scripted, (script) => {
        const { records, sagas } = simulate(script);
        const story = storyOf(inputOf(records));
        assert.deepEqual(
          story.sagas.map(({ name, status }) => [name, status]),
          sagas.map(({ name, status }) => [name, status]),
        );
        story.sagas.forEach((saga: Saga, place) => {
          const sent = saga.steps.filter((step) => step.status !== 'never-sent');
          assert.deepEqual(timeless(sent.map(seen)), timeless(ownSteps(sagas[place] as SagaState)));
          statuses.add(saga.status);
        });
      }),
      { numRuns: 1_000 },
    );
    assert.equal(statuses.size, 5, `of all five: ${[...statuses].join(', ')}`);
  });

  it('have the steps that were never sent too, and where there is no return', () => {
    const { records } = simulate((command) => (command === 'ProcessPayment' ? 'no' : 'yes'));
    const [saga] = storyOf(inputOf(records)).sagas;
    assert.deepEqual(
      saga?.steps.map(({ name, status, afterNoReturn, do: act, undo }) => [
        name,
        status,
        afterNoReturn,
        act.command,
        undo?.command,
        undo?.status,
      ]),
      [
        ['reserve-inventory', 'undone', false, 'ReserveInventory', 'ReleaseInventory', 'done'],
        ['process-payment', 'refused', false, 'ProcessPayment', 'RefundPayment', 'never-sent'],
        ['confirm-order', 'never-sent', true, 'ConfirmOrder', undefined, undefined],
        ['commit-inventory', 'never-sent', true, 'CommitInventory', undefined, undefined],
      ],
    );
    assert.equal(saga?.steps[1]?.do.refusal, 'card-declined');
    assert.deepEqual([saga?.end?.command, saga?.end?.status], ['RejectOrder', 'done']);
    assert.deepEqual(saga?.why, { kind: 'refused', reason: 'payment-declined' });
  });

  it('without a definition show what was sent, and say that it is not known', () => {
    const { records } = simulate((command) => (command === 'ProcessPayment' ? 'no' : 'yes'));
    const [saga] = storyOf(inputOf(records, [])).sagas;
    assert.equal(saga?.definition, 'unknown');
    assert.equal(saga?.status, 'compensated');
    assert.deepEqual(
      saga?.steps.map(({ name, status }) => [name, status]),
      [
        ['ReserveInventory', 'done'],
        ['ProcessPayment', 'refused'],
        ['ReleaseInventory', 'done'],
      ],
    );
    assert.equal(saga?.end?.command, 'RejectOrder');
  });

  it('of another version than the definition are not drawn by it', () => {
    const { records } = simulate(() => 'yes');
    const older = DEFINITIONS.map((saga) => ({ ...saga, version: 2 }));
    assert.equal(storyOf(inputOf(records, older)).sagas[0]?.definition, 'unknown');
  });

  it('wait with a deadline, until it was sent again', () => {
    const first = simulate((command) => (command === 'ReserveInventory' ? 'stop' : 'yes'));
    const [waiting] = storyOf(inputOf(first.records)).sagas;
    const send = waiting?.steps[0]?.do;
    assert.equal(send?.status, 'waiting');
    assert.equal(Date.parse(send?.deadline ?? '') - Date.parse(send?.sentAt ?? ''), 120_000);
    const again = simulate((command, attempt) =>
      command === 'ConfirmOrder' ? (attempt > 1 ? 'stop' : 'silent') : 'yes',
    );
    const resent = storyOf(inputOf(again.records)).sagas[0]?.steps[2]?.do;
    assert.deepEqual([resent?.attempts, resent?.status, resent?.deadline], [2, 'waiting', undefined]);
  });
});
