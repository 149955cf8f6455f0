import { OPERATORS } from '@order-saga/contracts/access';
import { ANYBODY } from '@sagakit/service-kit/http/auth/access';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { withDeadline } from '@sagakit/saga/define';
import { getDefinitions } from '@sagakit/saga/http/get-definitions';
import { definitionsOf } from '@sagakit/saga/release';
import { RELEASE } from '../src/sagas/all.ts';

type Item = {
  name: string;
  sourceFile: string;
  startsOn: string;
  cancelledBy?: string;
  steps: Record<string, unknown>[];
  whenUndone: string[];
};

describe('GET /definitions', async () => {
  const shortened = { ...RELEASE, started: RELEASE.started.map((saga) => withDeadline(saga, 5_000)) };
  const answer = await getDefinitions(definitionsOf(shortened), RELEASE.sourceFileOf, OPERATORS.look).handle({
    params: {},
    query: {},
    headers: {},
    body: undefined,
    caller: ANYBODY,
  });
  const { items } = answer.body as { items: Item[] };
  const [place, cancel] = items;

  it('has each step with what it sends, what may answer, what says no, and what undoes it', () => {
    assert.deepEqual(place?.steps[1], {
      name: 'process-payment',
      command: 'ProcessPayment',
      replies: ['PaymentProcessed', 'PaymentDeclined'],
      refusals: ['PaymentDeclined'],
      undo: { command: 'RefundPayment', replies: ['PaymentRefunded'] },
      afterNoReturn: false,
      deadlineMs: 5_000,
    });
    assert.deepEqual(
      place?.steps.map(({ name, afterNoReturn }) => [name, afterNoReturn]),
      [
        ['reserve-inventory', false],
        ['process-payment', false],
        ['confirm-order', true],
        ['commit-inventory', true],
      ],
    );
    assert.equal(place?.steps[2]?.['nothingToUndo'], 'it is past the point of no return');
  });

  it('says how a saga begins, how it is cancelled and who is told in the end', () => {
    assert.deepEqual(
      [place?.startsOn, place?.cancelledBy, place?.whenUndone],
      ['OrderPlaced', 'OrderCancellationRequested', ['RejectOrder', 'CancelOrder']],
    );
    assert.deepEqual(
      [cancel?.startsOn, cancel?.cancelledBy, cancel?.whenUndone],
      ['OrderCancellationRequested', undefined, []],
    );
  });

  it('names files that are there', () => {
    for (const { name, sourceFile } of items) {
      assert.equal(path.basename(sourceFile), `${name}.saga.ts`);
      assert.ok(existsSync(path.join(import.meta.dirname, '../../..', sourceFile)), sourceFile);
    }
  });

  it('names the steps of a cancellation, which people search for', () => {
    assert.deepEqual(
      cancel?.steps.map(({ name }) => name),
      ['refund-payment', 'return-stock', 'cancel-order'],
    );
  });
});

describe('the subject of all sagas', () => {
  it('is an order, in the words of the table and of the API', () => {
    const { id, ...words } = RELEASE.subject;
    assert.deepEqual(words, {
      field: 'orderId',
      column: 'order_id',
      type: 'uuid',
      one: 'an order',
      afterwards: 'To undo a confirmed order, cancel it: POST /orders/{id}/cancel.',
    });
    assert.equal(id.safeParse('SKU-0001').success, false);
  });
});
