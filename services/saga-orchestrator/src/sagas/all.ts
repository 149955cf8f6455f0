import { AnOrderId } from '@order-saga/contracts/values';
import type { Release } from '@sagakit/saga/release';
import { cancelOrder } from './cancel-order.saga.ts';
import { placeOrder } from './place-order.saga.ts';

/**
 * What this release runs. How a new version comes in: docs/runbooks/bad-deployment.md and
 * packages/saga/src/release.ts.
 */
export const RELEASE: Release = {
  subject: {
    field: 'orderId',
    column: 'order_id',
    type: 'uuid',
    id: AnOrderId,
    one: 'an order',
    afterwards: 'To undo a confirmed order, cancel it: POST /orders/{id}/cancel.',
  },
  sourceFileOf: (name) => `services/saga-orchestrator/src/sagas/${name}.saga.ts`,
  started: [placeOrder, cancelOrder],
  alsoRunning: [],
};
