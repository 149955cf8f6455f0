import type { OrderId } from '@order-saga/contracts/values';
import { column, table } from '@sagakit/messaging/aggregate/table';
import type { Payment } from '../domain/payment.ts';

const CHARGED: ReadonlySet<Payment['status']> = new Set(['PROCESSED', 'REFUNDING', 'REFUNDED']);

export const paymentsTable = table({
  name: 'payments',
  key: ['order_id', column.uuid<OrderId>()],
  columns: {
    status: column.text<Payment['status']>(),
    amount: column.bigint(),
    currency: column.text(),
    payment_id: column.text<string | null>(),
    code: column.text<string | null>(),
    undo: column.jsonb<Extract<Payment, { status: 'CHARGING' }>['undo'] | null>(),
    charges: column.derived(column.int()),
    refunds: column.derived(column.int()),
    updated_at: column.savedAt(),
  },
  toColumns: (payment: Payment) => ({
    status: payment.status,
    ...payment.amount,
    payment_id: 'paymentId' in payment ? payment.paymentId : null,
    code: 'code' in payment ? payment.code : null,
    undo: 'undo' in payment ? (payment.undo ?? null) : null,
    charges: CHARGED.has(payment.status) ? 1 : 0,
    refunds: payment.status === 'REFUNDED' ? 1 : 0,
  }),
  toState({ status, payment_id, code, undo, ...money }): Payment {
    const amount = { amount: money.amount, currency: money.currency };
    switch (status) {
      case 'CHARGING':
        return { status, amount, undo: undo ?? undefined };
      case 'DECLINED':
        return { status, amount, code: code ?? '' };
      case 'UNDONE':
        return { status, amount };
      case 'PROCESSED':
      case 'REFUNDING':
      case 'REFUNDED':
        return { status, amount, paymentId: payment_id ?? '' };
    }
  },
});
