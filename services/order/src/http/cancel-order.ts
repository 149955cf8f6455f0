import type { OrderId } from '@order-saga/contracts/values';
import { databaseNow } from '@sagakit/postgres/clock';
import { appendToOutbox } from '@sagakit/messaging/outbox/outbox';
import { rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { type PipelinedTx, retriedTransaction } from '@sagakit/postgres/transaction';
import { type Endpoint, endpoint } from '@sagakit/service-kit/http/endpoint';
import { AnOrderId } from '@order-saga/contracts/values';
import { Problem } from '@sagakit/service-kit/http/problem';
import { requestTraceparent } from '@sagakit/service-kit/http/traceparent';
import type { Parts } from '@sagakit/service-kit/service';
import { z } from 'zod';
import { evolve, requestCancellation } from '../domain/order.ts';
import { appendEvents, cancellationAsked, lockOrders, saveOrders } from '../storage/orders.ts';

export function cancelOrderEndpoint({ pool, writer, outbox }: Parts): Endpoint {
  return endpoint({
    method: 'post',
    path: '/orders/:orderId/cancel',
    summary: 'Asks for the cancellation; it takes effect when the running step is answered, or after the confirmation',
    inputs: { params: z.object({ orderId: AnOrderId }) },
    answers: { 202: 'The order will end CANCELLED or REJECTED', 404: 'No such order', 409: 'It is rejected already' },
    async handle({ params: { orderId } }, headers) {
      const traceparent = requestTraceparent(headers);
      const status = await retriedTransaction(pool, (tx) => ask(tx, orderId, { writer, traceparent, outbox }));
      return { status: 202, body: { orderId, status } };
    },
  });
}

async function ask(
  tx: PipelinedTx,
  orderId: OrderId,
  { writer, traceparent, outbox }: Pick<Parts, 'writer' | 'outbox'> & { traceparent: string },
): Promise<string> {
  const [[row], asked, now] = await tx.together(() => [
    lockOrders(tx, [orderId]),
    cancellationAsked(tx, orderId),
    databaseNow(tx),
  ]);
  if (!row?.state)
    throw new Problem(404, `There is no order ${orderId}.`, { errors: [{ field: 'orderId', message: 'is not known' }] });
  const { order, correlationId } = row.state;
  const decided = requestCancellation(order, asked);
  if (decided === 'rejected') throw new Problem(409, 'The order was rejected; there is nothing to cancel.');
  if (decided === 'asked-before') return order.status;
  const sequence = row.sequence + 1;
  const message = toEnvelope(decided, rootContext(correlationId, traceparent), { writer, sequence, now });
  const state = { ...row.state, order: evolve(order, decided) };
  const changed = { ...row, state, sequence, version: row.version + 1 };
  await tx.commit(
    [...saveOrders([changed]), ...appendEvents([message]), ...appendToOutbox(writer.catalogue, [message], outbox)],
    outbox,
  );
  return order.status;
}
