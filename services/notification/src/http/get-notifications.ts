import { MAY_LOOK, UNMASKED } from '@order-saga/contracts/access';
import { maskText } from '@sagakit/messages/mask-value';
import { decodeCursor, endpoint, pageOf, Paging } from '@sagakit/service-kit/http/endpoint';
import { AnOrderId } from '@order-saga/contracts/values';
import { Time, Word } from '@sagakit/service-kit/http/inputs';
import { z } from 'zod';
import type { Reads } from '../storage/reads.ts';

const Cursor = z.object({ sentAt: Time, orderId: AnOrderId, kind: Word });

export function getNotifications(reads: Reads) {
  return endpoint({
    method: 'get',
    path: '/notifications',
    summary:
      'Mails that the mail server took, oldest first; one per outcome of an order. ' +
      '`to` is masked without the scope `privacy`, and empty once it is erased',
    access: MAY_LOOK,
    inputs: { query: z.object({ ...Paging, orderId: AnOrderId.optional() }) },
    responses: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
    async handle({ query: { orderId, limit, cursor } }, _headers, caller) {
      const shown = (to: string) => (to === '' || caller.may(UNMASKED) ? to : maskText(to));
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
          items: items.map(({ sentAt, to, ...rest }) => ({
            ...rest,
            to: shown(to),
            sentAt: sentAt.toISOString(),
          })),
          ...next,
        },
      };
    },
  });
}
