import {
  InventoryCommitted,
  InventoryReleased,
  InventoryReservationRejected,
  InventoryReserved,
} from '@order-saga/contracts/inventory';
import {
  OrderCancelled,
  OrderCancellationRequested,
  OrderConfirmed,
  OrderPlaced,
  OrderRejected,
} from '@order-saga/contracts/order';
import { PaymentDeclined, PaymentProcessed, PaymentRefunded } from '@order-saga/contracts/payment';
import type { OrderId, Sku } from '@order-saga/contracts/values';

export const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
export const sku = 'SKU-0001' as Sku;
const price = { amount: 500, currency: 'EUR' };

export const placed = OrderPlaced({
  orderId,
  customerId: 'customer',
  lines: [{ sku, quantity: 2, name: 'Oak bowl', unitPrice: price }],
  total: { amount: 1000, currency: 'EUR' },
  payment: { token: 'tok_visa' },
});
export const reserved = InventoryReserved({ orderId, lines: [{ sku, quantity: 2 }] });
export const outOfStock = InventoryReservationRejected({
  orderId,
  code: 'out-of-stock',
  missing: [{ sku, requested: 2, available: 1 }],
});
export const released = InventoryReleased({ orderId, lines: [{ sku, quantity: 2 }] });
export const committed = InventoryCommitted({ orderId, lines: [{ sku, quantity: 2 }] });
export const paid = PaymentProcessed({
  orderId,
  paymentId: 'pay_1',
  amount: { amount: 1000, currency: 'EUR' },
});
export const declined = PaymentDeclined({ orderId, code: 'card-declined' });
export const refunded = PaymentRefunded({ orderId, amount: { amount: 1000, currency: 'EUR' } });
export const confirmed = OrderConfirmed({ orderId, paymentId: 'pay_1' });
export const rejected = OrderRejected({ orderId, reason: 'out-of-stock' });
export const cancelled = OrderCancelled({ orderId });
export const cancellationRequested = OrderCancellationRequested({ orderId });
