import { MAY_LOOK, UNMASKED } from '@order-saga/contracts/access';
import { maskText } from '@sagakit/messages/mask-value';
import { AnOrderId } from '@order-saga/contracts/values';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { Time, Word } from '@sagakit/service-kit/http/inputs';
import { paged } from '@sagakit/service-kit/http/paged';
import { z } from 'zod';
import type { Reads } from '../storage/reads.ts';

const byTime = paged(z.object({ sentAt: Time, orderId: AnOrderId, kind: Word }));

export function getNotifications(reads: Reads) {
  return endpoint({
    method: 'get',
    path: '/notifications',
    summary:
      'Mails that the mail server took, oldest first; one per outcome of an order. ' +
      '`to` is masked without the scope `privacy`, and empty once it is erased',
    access: MAY_LOOK,
    inputs: { query: z.object({ ...byTime.query, orderId: AnOrderId.optional() }) },
    responses: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
    async handle({ query: { orderId, ...asked } }, _headers, caller) {
      const shown = (to: string) => (to === '' || caller.may(UNMASKED) ? to : maskText(to));
      const body = await byTime.page(
        asked,
        (page) => reads.listNotifications({ orderId, ...page }),
        ({ sentAt, to, ...rest }) => ({ ...rest, to: shown(to), sentAt: sentAt.toISOString() }),
      );
      return { status: 200, body };
    },
  });
}
