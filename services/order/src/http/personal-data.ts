/**
 * What is held of a customer's personal data, and the request to forget it. This service answers from what is
 * its own: a contact was told by it and by nobody else, so it knows what the others can hold
 * (docs/decisions/0022-erasure.md).
 */
import { MAY_SEE_AND_ERASE } from '@order-saga/contracts/access';
import { HOLDERS } from '@order-saga/contracts/personal';
import { AnOrderId, Text } from '@order-saga/contracts/values';
import { retriedTransaction, type Tx } from '@sagakit/postgres/transaction';
import { newId } from '@sagakit/resilience/ids';
import { type Caller, whoDid } from '@sagakit/service-kit/http/auth/access';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { Time } from '@sagakit/service-kit/http/inputs';
import { paged } from '@sagakit/service-kit/http/paged';
import { Problem } from '@sagakit/service-kit/http/problem';
import { requestTraceparent } from '@sagakit/service-kit/http/traceparent';
import type { Parts } from '@sagakit/service-kit/definition';
import { z } from 'zod';
import { eraseNext, type Using } from '../erasing.ts';
import { hasContacts, isCustomer, listContacts } from '../storage/contacts.ts';
import { addErasure, type Erasure, listErasures, lockCustomer, newestErasure } from '../storage/erasures.ts';

const path = '/customers/:customerId/personal-data';
const params = z.object({ customerId: Text });
const byTime = paged(z.object({ placedAt: Time, orderId: AnOrderId }));

export function personalDataEndpoints(parts: Using & Pick<Parts, 'readPool'>) {
  const { pool, readPool } = parts;
  return [
    endpoint({
      method: 'get',
      path,
      summary:
        "What is held of a customer's personal data, by whom and for what; orders in the order in which they " +
        'were placed. `erasures`: the newest requests to forget it',
      access: MAY_SEE_AND_ERASE,
      inputs: { params, query: z.object(byTime.query) },
      responses: {
        200: '{customerId, holders, items: [{orderId, placedAt, contact}], nextCursor?, erasures}',
        404: 'Nobody of that name has placed an order; or it is another customer',
      },
      async handle({ params: { customerId }, query }, _headers, caller) {
        await assertKnown(readPool, customerId, caller);
        const page = await byTime.page(
          query,
          (asked) => listContacts(readPool, { customerId, ...asked }),
          (contact) => contact,
        );
        const erasures = await listErasures(readPool, customerId);
        const isHeld = page.items.length > 0 || query.cursor !== undefined;
        return {
          status: 200,
          body: { customerId, holders: isHeld ? HOLDERS : [], ...page, erasures },
        };
      },
    }),
    endpoint({
      method: 'delete',
      path,
      summary:
        "Forgets a customer's personal data, everywhere; orders that are under way end without a mail. " +
        'Repeated, the answer is the same; what is ordered later is remembered anew',
      access: MAY_SEE_AND_ERASE,
      inputs: { params },
      responses: {
        202: '{customerId, requestedAt, by}: it will be forgotten; `CustomerErased` says when it is',
        404: 'Nobody of that name has placed an order; or it is another customer',
      },
      async handle({ params: { customerId } }, headers, caller) {
        const asked = { customerId, by: whoDid(caller, undefined), traceparent: requestTraceparent(headers) };
        const { requestedAt, by } = await retriedTransaction(pool, async (tx) => {
          await assertKnown(tx, customerId, caller);
          return requestErasure(tx, asked);
        });
        // Most customers have few orders: for them it is done with the answer, here.
        await eraseNext(parts);
        return { status: 202, body: { customerId, requestedAt, by } };
      },
    }),
  ];
}

/** The one that is there already, if nothing has come to be held since. */
export async function requestErasure(
  tx: Tx,
  { customerId, by, traceparent }: { customerId: string; by: string; traceparent: string },
): Promise<Erasure> {
  await lockCustomer(tx, customerId);
  const before = await newestErasure(tx, customerId);
  if (before && !(await hasContacts(tx, customerId, before.requestedAt))) return before;
  return addErasure(tx, {
    customerId,
    number: (before?.number ?? 0) + 1,
    by,
    correlationId: newId(),
    traceparent,
  });
}

/** Whether there is another customer of that name nobody is told. */
async function assertKnown(tx: Tx, customerId: string, { onlyOf }: Caller): Promise<void> {
  if ((onlyOf === undefined || onlyOf === customerId) && (await isCustomer(tx, customerId))) return;
  throw new Problem(404, `Nothing is held of a customer ${customerId}: they have placed no order.`, {
    errors: [{ field: 'customerId', message: 'is not known' }],
  });
}
