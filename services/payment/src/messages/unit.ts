/** Which command, and which answer of the provider, goes to which decision. */
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import { ProcessPayment, RefundPayment } from '@order-saga/contracts/payment';
import { byType, type Decision, ignore } from '@sagakit/messaging/aggregate/decision';
import { handleRow } from '@sagakit/messaging/aggregate/participant';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import { createIdentityMap } from '@sagakit/messaging/aggregate/rows';
import type { Incoming, Aggregate } from '@sagakit/messaging/aggregate/unit';
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

export function paymentAggregate(writer: MessageWriter): Aggregate {
  return {
    handles: COMMANDS,
    local: ['ChargeAnswered', 'RefundAnswered'],
    async load(tx, incoming) {
      const subjects = (of: readonly Incoming[]) => [...new Set(of.map(({ message }) => message.subject))];
      const undone = incoming.filter(({ message }) => message.type === RefundPayment.type);
      const rows = createIdentityMap(await lockPayments(tx, subjects(incoming), subjects(undone)));
      return {
        handle: (input, now) =>
          handleRow(rows.get(input.message.subject), input, {
            writer,
            now,
            decide: (payment, message) => decisionOf(payment, message, now) ?? ignore('no-decision'),
            keep: (row) => rows.set(row),
          }),
        save: () => savePayments(rows.changed()),
      };
    },
  };
}
