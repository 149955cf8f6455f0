/** Which command, and which answer of the provider, goes to which decision. */
import type { Envelope, EnvelopeOf } from '@order-saga/contracts/envelope';
import { ProcessPayment, RefundPayment } from '@order-saga/contracts/payment';
import { byType, type Decision, ignore } from '@order-saga/messaging/decision';
import { handleRow } from '@order-saga/messaging/participant';
import { createRows } from '@order-saga/messaging/rows';
import type { Incoming, Unit } from '@order-saga/messaging/unit';
import {
  type ChargeAnswer,
  chargeAnswered,
  type Payment,
  processPayment,
  refundAnswered,
  refundPayment,
} from '../domain/payment.ts';
import { lockPayments, savePayments } from '../storage/payments.ts';

const COMMANDS = [ProcessPayment, RefundPayment] as const;

type Answer = Envelope<'ChargeAnswered', ChargeAnswer> | Envelope<'RefundAnswered'>;

const decisionOf = byType<EnvelopeOf<(typeof COMMANDS)[number]> | Answer, Payment | undefined, Decision<Payment>>({
  ProcessPayment: processPayment,
  RefundPayment: refundPayment,
  ChargeAnswered: chargeAnswered,
  RefundAnswered: refundAnswered,
});

export function paymentUnit(source: string): Unit {
  return {
    handles: COMMANDS,
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
            decide: (payment, message) => decisionOf(payment, message, now) ?? ignore('no-decision'),
            keep: (row) => rows.set(row),
          }),
        save: () => savePayments(rows.changed()),
      };
    },
  };
}
