/** Which command, and which result of the provider, goes to which decision. */
import { ProcessPayment, RefundPayment } from '@order-saga/contracts/payment';
import { aggregate } from '@sagakit/messaging/aggregate/aggregate';
import {
  charge,
  chargeAnswered,
  processPayment,
  refund,
  refundAnswered,
  refundPayment,
} from './domain/payment.ts';
import { paymentsTable } from './storage/payments-table.ts';

export const payments = aggregate({ table: paymentsTable })
  .on(ProcessPayment, processPayment)
  .on(RefundPayment, refundPayment, { mayCancel: [charge] })
  .onResult(charge, chargeAnswered)
  .onResult(refund, refundAnswered);
