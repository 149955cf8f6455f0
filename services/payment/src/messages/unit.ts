/** Which command, and which answer of the provider, goes to which decision. */
import { ProcessPayment, RefundPayment } from '@order-saga/contracts/payment';
import { type Handlers, ignore } from '@order-saga/messaging/decision';
import { handleRow } from '@order-saga/messaging/participant';
import { createRows } from '@order-saga/messaging/rows';
import type { Incoming, Unit } from '@order-saga/messaging/unit';
import { chargeAnswered, type Payment, processPayment, refundAnswered, refundPayment } from '../domain/payment.ts';
import { lockPayments, savePayments } from '../storage/payments.ts';

const handlers: Handlers<Payment> = {
  ProcessPayment: processPayment,
  RefundPayment: refundPayment,
  ChargeAnswered: chargeAnswered,
  RefundAnswered: refundAnswered,
};

export function paymentUnit(source: string): Unit {
  return {
    handles: [ProcessPayment, RefundPayment],
    local: ['ChargeAnswered', 'RefundAnswered'],
    async load(tx, incoming) {
      const subjects = (of: readonly Incoming[]) => [...new Set(of.map(({ message }) => message.subject))];
      const undone = incoming.filter(({ message }) => message.type === RefundPayment.type);
      const rows = createRows(await lockPayments(tx, subjects(incoming), subjects(undone)));
      return {
        handle: (input, now) =>
          handleRow(rows.get(input.message.subject), input, {
            source,
            now,
            decide: (payment, message) => handlers[message.type]?.(payment, message, now) ?? ignore('no-decision'),
            keep: (row) => rows.set(row),
          }),
        save: () => savePayments(rows.changed()),
      };
    },
  };
}
