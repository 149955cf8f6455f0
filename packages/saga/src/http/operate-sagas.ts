/** What an operator does to a saga by hand. */
import { newId } from '@sagakit/resilience/ids';
import { retriedTransaction } from '@sagakit/postgres/transaction';
import { type Granted, whoDid } from '@sagakit/service-kit/http/auth/access';
import { type Endpoint, endpoint } from '@sagakit/service-kit/http/endpoint';
import { OneLine } from '@sagakit/service-kit/http/inputs';
import { By } from '@sagakit/service-kit/http/operator';
import { Problem } from '@sagakit/service-kit/http/problem';
import type { Parts } from '@sagakit/service-kit/definition';
import { z } from 'zod';
import { operate, type OperatorRequest } from '../operator/operate.ts';
import type { Definitions, SagaSubject } from '../release.ts';
import { ofSubject, paramsOf } from './subject.ts';

/** Why nothing was done, where that is a refusal: asking twice is none. */
const refusalsOf = ({ afterwards }: SagaSubject): Record<string, string> => ({
  'operator-after-end': ['The saga has ended; nothing can be done to it.', afterwards]
    .filter(Boolean)
    .join(' '),
  'compensate-after-no-return': ['The saga is past its point of no return and can only go on.', afterwards]
    .filter(Boolean)
    .join(' '),
});

export function operateSagas(parts: Parts, definitions: Definitions, access: Granted): Endpoint[] {
  const { field, one, kind } = ofSubject(definitions.subject);
  const params = paramsOf(definitions.subject);
  const refusals = refusalsOf(definitions.subject);
  const unknown = `No saga of that ${kind}`;

  async function act(asked: Omit<OperatorRequest, 'id'>) {
    const request = { ...asked, id: newId() };
    const outcome = await retriedTransaction(parts.pool, (tx) =>
      operate(tx, request, { ...parts, definitions }),
    );
    if (outcome === undefined) {
      throw new Problem(404, `There is no saga of ${one} ${request.subject}.`, {
        errors: [{ field, message: 'is not known' }],
      });
    }
    parts.log.info({ ...request, outcome }, 'an operator acted on a saga');
    const refusal = refusals[outcome];
    if (refusal) throw new Problem(409, refusal);
    return { status: 202, body: { [field]: request.subject, action: request.action, outcome } };
  }

  return [
    endpoint({
      method: 'post',
      path: `/sagas/:${field}/retry`,
      summary: 'Sends the command that is not answered again, at once',
      access,
      inputs: { params, body: z.object(By).optional() },
      responses: {
        202: '`outcome`: done, or why it was not needed',
        404: unknown,
        409: 'The saga has ended',
      },
      handle: ({ params: { key }, body }, _headers, caller) =>
        act({ subject: key, action: 'retry', text: undefined, by: whoDid(caller, body?.by) }),
    }),
    endpoint({
      method: 'post',
      path: `/sagas/:${field}/compensate`,
      summary: 'Turns the saga back: what was done is undone, and whoever waits for it is told',
      access,
      inputs: { params, body: z.object({ reason: OneLine, ...By }) },
      responses: {
        202: '`outcome`: done, or that it is undone already',
        404: unknown,
        409: 'It has ended, or is past the point of no return',
      },
      handle: ({ params: { key }, body: { reason, by } }, _headers, caller) =>
        act({ subject: key, action: 'compensate', text: reason, by: whoDid(caller, by) }),
    }),
    endpoint({
      method: 'post',
      path: `/sagas/:${field}/notes`,
      summary: 'Writes a note to the saga, for whoever looks next',
      access,
      inputs: { params, body: z.object({ text: OneLine, ...By }) },
      responses: { 202: 'It is written', 404: unknown },
      handle: ({ params: { key }, body: { text, by } }, _headers, caller) =>
        act({ subject: key, action: 'note', text, by: whoDid(caller, by) }),
    }),
  ];
}
