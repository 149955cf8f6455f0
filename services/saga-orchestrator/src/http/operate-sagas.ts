/** What an operator does to a saga by hand. */
import { retriedTransaction } from '@sagakit/postgres/transaction';
import { type Endpoint, endpoint } from '@sagakit/service-kit/http/endpoint';
import { AnOrderId } from '@order-saga/contracts/values';
import { OneLine } from '@sagakit/service-kit/http/inputs';
import { By } from '@sagakit/service-kit/http/operator';
import { Problem } from '@sagakit/service-kit/http/problem';
import type { Parts } from '@sagakit/service-kit/service';
import { z } from 'zod';
import type { Definitions } from '@sagakit/saga/release';
import { operate, type OperatorRequest } from '@sagakit/saga/operator/operate';

/** Why nothing was done, and whether that is a refusal: pressing twice is none. */
const REFUSALS: Record<string, string> = {
  'operator-after-end':
    'The saga has ended; nothing can be done to it. To undo a confirmed order, cancel it: POST /orders/{id}/cancel.',
  'compensate-after-no-return':
    'The saga is past its point of no return and can only go on. After its end the order can be cancelled: POST /orders/{id}/cancel.',
};

export function operateSagas(parts: Parts, definitions: Definitions): Endpoint[] {
  const params = z.object({ orderId: AnOrderId });

  async function press(given: OperatorRequest) {
    const outcome = await retriedTransaction(parts.pool, (tx) => operate(tx, given, { ...parts, definitions }));
    if (outcome === undefined) {
      throw new Problem(404, `There is no saga of an order ${given.subject}.`, {
        errors: [{ field: 'orderId', message: 'is not known' }],
      });
    }
    parts.log.info({ ...given, outcome }, 'an operator acted on a saga');
    const refusal = REFUSALS[outcome];
    if (refusal) throw new Problem(409, refusal);
    return { status: 202, body: { orderId: given.subject, action: given.action, outcome } };
  }

  return [
    endpoint({
      method: 'post',
      path: '/sagas/:orderId/retry',
      summary: 'Sends the command that is not answered again, at once',
      inputs: { params, body: z.object(By).optional() },
      answers: { 202: '`outcome`: done, or why it was not needed', 404: 'No saga of that order', 409: 'The saga has ended' },
      handle: ({ params: { orderId }, body }) =>
        press({ subject: orderId, action: 'retry', text: undefined, by: body?.by ?? 'unknown' }),
    }),
    endpoint({
      method: 'post',
      path: '/sagas/:orderId/compensate',
      summary: 'Turns the saga back: what was done is undone, and the order is rejected',
      inputs: { params, body: z.object({ reason: OneLine, ...By }) },
      answers: {
        202: '`outcome`: done, or that it is undone already',
        404: 'No saga of that order',
        409: 'It has ended, or is past the point of no return',
      },
      handle: ({ params: { orderId }, body: { reason, by = 'unknown' } }) =>
        press({ subject: orderId, action: 'compensate', text: reason, by }),
    }),
    endpoint({
      method: 'post',
      path: '/sagas/:orderId/notes',
      summary: 'Writes a note to the saga, for whoever looks next',
      inputs: { params, body: z.object({ text: OneLine, ...By }) },
      answers: { 202: 'It is written', 404: 'No saga of that order' },
      handle: ({ params: { orderId }, body: { text, by = 'unknown' } }) => press({ subject: orderId, action: 'note', text, by }),
    }),
  ];
}
