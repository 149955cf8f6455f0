import { decodeCursor, type Endpoint, encodeCursor, endpoint, Paging } from '@order-saga/service-kit/http/endpoint';
import { AnOrderId, Word } from '@order-saga/service-kit/http/inputs';
import { z } from 'zod';
import type { Reads } from '../storage/reads.ts';

export function getNotifications(reads: Reads): Endpoint {
  return endpoint({
    method: 'get',
    path: '/notifications',
    summary: 'Mails that the mail server took, oldest first; one per outcome of an order',
    inputs: { query: z.object({ ...Paging, orderId: AnOrderId.optional() }) },
    answers: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
    async handle({ query: { orderId, limit, cursor } }) {
      const after = decodeCursor(z.object({ orderId: AnOrderId, kind: Word }), cursor);
      const found = await reads.listNotifications({ orderId, limit, after });
      const last = found.length === limit ? found.at(-1) : undefined;
      return {
        status: 200,
        body: {
          items: found.map(({ sentAt, ...rest }) => ({ ...rest, sentAt: sentAt.toISOString() })),
          ...(last ? { nextCursor: encodeCursor({ orderId: last.orderId, kind: last.kind }) } : {}),
        },
      };
    },
  });
}
