import { MAY_ORDER } from '@order-saga/contracts/access';
import { AnOrderId } from '@order-saga/contracts/values';
import { ignore } from '@sagakit/messaging/aggregate/decision';
import type { ChangesOf } from '@sagakit/service-kit/define-service';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { requestCancellation } from '../domain/order.ts';
import type { orders as declared } from '../orders.ts';
import { cancellationAsked, type PlacedOrder } from '../storage/orders-table.ts';
import { noSuchOrder } from './get-orders.ts';

const ANOTHERS = 'order-of-another-customer';

export function cancelOrderEndpoint(orders: ChangesOf<typeof declared>) {
  return endpoint({
    method: 'post',
    path: '/orders/:orderId/cancel',
    summary:
      'Asks for the cancellation; ' +
      'it takes effect when the running step is answered, or after the confirmation',
    access: MAY_ORDER,
    inputs: { params: z.object({ orderId: AnOrderId }) },
    responses: {
      202: 'The order will end CANCELLED or REJECTED',
      404: 'No such order',
      409: 'It is rejected already',
    },
    async handle({ params: { orderId } }, request, { onlyOf }) {
      const decision = (order: PlacedOrder, askedBefore: boolean) =>
        onlyOf !== undefined && order.customerId !== onlyOf
          ? ignore(ANOTHERS)
          : requestCancellation(order, askedBefore);
      const order = await orders.change(request, orderId, decision, cancellationAsked);
      if (!order || order.ignored === ANOTHERS) throw noSuchOrder(orderId);
      if (order.ignored === 'order-already-rejected')
        throw new Problem(409, 'The order was rejected; there is nothing to cancel.');
      return { status: 202, body: { orderId, status: order.state.status } };
    },
  });
}
