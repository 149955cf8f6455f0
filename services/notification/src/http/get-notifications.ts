import { decodeCursor, type Endpoint, endpoint, pageOf, Paging } from '@sagakit/service-kit/http/endpoint';
import { AnOrderId } from '@order-saga/contracts/values';
import { Time, Word } from '@sagakit/service-kit/http/inputs';
import { z } from 'zod';
import type { Reads } from '../storage/reads.ts';

const Cursor = z.object({ sentAt: Time, orderId: AnOrderId, kind: Word });

export function getNotifications(reads: Reads): Endpoint {
  return endpoint({
    method: 'get',
    path: '/notifications',
    summary: 'Mails that the mail server took, oldest first; one per outcome of an order',
    inputs: { query: z.object({ ...Paging, orderId: AnOrderId.optional() }) },
    answers: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
    async handle({ query: { orderId, limit, cursor } }) {
      const after = decodeCursor(Cursor, cursor);
      const found = await reads.listNotifications({ orderId, limit: limit + 1, after });
      const { items, ...next } = pageOf(found, limit, ({ sentAt, orderId: of, kind }) => ({
        sentAt,
        orderId: of,
        kind,
      }));
      return {
        status: 200,
        body: {
          items: items.map(({ sentAt, ...rest }) => ({ ...rest, sentAt: sentAt.toISOString() })),
          ...next,
        },
      };
    },
  });
}
