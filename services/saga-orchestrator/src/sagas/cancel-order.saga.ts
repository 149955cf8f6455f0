import { OrderCancellationRequested } from '@order-saga/contracts/order';
import { defineSaga, minutes } from '@sagakit/saga/define';
import { done, nothing } from '@sagakit/saga/state';
import { inventory, order, payment } from './participants.ts';

/**
 * Undoes an order that was complete. It only goes forward: each step is sent again until it is acknowledged.
 */
export const cancelOrder = defineSaga({
  name: 'cancel-order',
  version: 1,
  startsOn: OrderCancellationRequested,
  begin: ({ orderId }) => ({ orderId }),
  whenUndone: nothing('it only goes forward'),
})
  .pointOfNoReturn()
  .step('refund-payment', {
    send: ({ orderId }) => payment.refund({ orderId }),
    on: { PaymentRefunded: () => done() },
    within: minutes(2),
  })
  .step('return-stock', {
    send: ({ orderId }) => inventory.release({ orderId }),
    on: { InventoryReleased: () => done() },
    within: minutes(2),
  })
  .step('cancel-order', {
    send: ({ orderId }) => order.cancel({ orderId }),
    on: { OrderCancelled: () => done() },
    within: minutes(2),
  });
