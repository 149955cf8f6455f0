import { OrderCancellationRequested, OrderPlaced } from '@order-saga/contracts/order';
import { defineSaga, minutes } from '@sagakit/saga/define';
import { done, refuse } from '@sagakit/saga/state';
import { inventory, order, payment } from './participants.ts';

export const placeOrder = defineSaga({
  name: 'place-order',
  version: 1,
  startsOn: OrderPlaced,
  cancelledBy: OrderCancellationRequested,
  refusals: ['out-of-stock', 'payment-declined'],
  begin: ({ orderId, lines, total, payment: { token } }) => ({
    orderId,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    total,
    payment: { token },
  }),
  whenUndone: ({ orderId }, why) => {
    if (why.kind === 'cancelled') return order.cancel({ orderId });
    return order.reject({ orderId, reason: why.kind === 'silent' ? 'no-answer' : why.reason });
  },
})
  .forgetting('payment')
  .step('reserve-inventory', {
    send: ({ orderId, lines }) => inventory.reserve({ orderId, lines }),
    on: {
      InventoryReserved: () => done(),
      InventoryReservationRejected: ({ missing }) => refuse('out-of-stock', missing),
    },
    undo: ({ orderId }) => inventory.release({ orderId }),
    within: minutes(2),
  })
  .step('process-payment', {
    send: ({ orderId, total, payment: { token } }) => payment.process({ orderId, amount: total, token }),
    on: {
      PaymentProcessed: ({ paymentId }) => done({ paymentId }),
      PaymentDeclined: ({ code }) => refuse('payment-declined', code),
    },
    undo: ({ orderId }) => payment.refund({ orderId }),
    within: minutes(2),
  })
  .pointOfNoReturn()
  .step('confirm-order', {
    send: ({ orderId, paymentId }) => order.confirm({ orderId, paymentId }),
    on: { OrderConfirmed: () => done() },
    within: minutes(2),
  })
  .step('commit-inventory', {
    send: ({ orderId }) => inventory.commit({ orderId }),
    on: { InventoryCommitted: () => done() },
    within: minutes(2),
  });
