/**
 * One order's payment. Money moves at the provider only, by an effect that is decided here and called after the commit; the
 * answer comes back as an input. Pure, and states only go forward.
 */
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import {
  PaymentDeclined,
  PaymentProcessed,
  PaymentRefunded,
  type ProcessPayment,
  type RefundPayment,
} from '@order-saga/contracts/payment';
import { CURRENCY, type Money, type OrderId } from '@order-saga/contracts/values';
import { causedBy, type Decision, decide, type Effect, ignore } from '@sagakit/messaging/aggregate/decision';
import { type MessageContext, contextOf } from '@sagakit/messaging/to-envelope';

export type Payment =
  /**
   * The provider is being asked, or will be (`begun: false`: nobody has asked it yet, and the charge can still be dropped). `undo`: a refund
   * was asked for meanwhile and waits for the outcome.
   */
  | { status: 'CHARGING'; amount: Money; begun: boolean; undo: MessageContext | undefined }
  | { status: 'PROCESSED'; amount: Money; paymentId: string }
  | { status: 'DECLINED'; amount: Money; code: string }
  | { status: 'REFUNDING'; amount: Money; paymentId: string }
  | { status: 'REFUNDED'; amount: Money; paymentId: string }
  /** A tombstone: the refund came before the charge was begun. A charge that comes now is refused. */
  | { status: 'UNDONE'; amount: Money };

export type ChargeRequest = { amount: Money; token: string };
export type ChargeAnswer = { outcome: 'succeeded'; paymentId: string } | { outcome: 'declined'; code: string };
export type RefundRequest = { amount: Money; paymentId: string };

export const CHARGE = 'charge';
const charge = (request: ChargeRequest): Effect => ({ kind: CHARGE, request, cancellable: true });
const refund = (request: RefundRequest, cause?: MessageContext): Effect => ({
  kind: 'refund',
  request,
  ...(cause ? { cause } : {}),
});

const NOTHING: Money = { amount: 0, currency: CURRENCY };
const UNDONE: Payment = { status: 'UNDONE', amount: NOTHING };

export function processPayment(
  payment: Payment | undefined,
  { data: { orderId, amount, token } }: EnvelopeOf<typeof ProcessPayment>,
): Decision<Payment> {
  switch (payment?.status) {
    case undefined:
      return decide<Payment>({ status: 'CHARGING', amount, begun: false, undo: undefined }, [], [charge({ amount, token })]);
    case 'UNDONE':
      return decide<Payment>(payment, [PaymentDeclined({ orderId, code: 'undone' })]);
    case 'CHARGING':
      return ignore('still-charging');
    case 'PROCESSED':
    case 'DECLINED':
    case 'REFUNDING':
    case 'REFUNDED':
      return ignore('decided-already');
  }
}

export function refundPayment(payment: Payment | undefined, command: EnvelopeOf<typeof RefundPayment>): Decision<Payment> {
  const { orderId } = command.data;
  switch (payment?.status) {
    case undefined:
      return decide(UNDONE, [PaymentRefunded({ orderId, amount: NOTHING })]);
    case 'CHARGING':
      if (!payment.begun) return decide(UNDONE, [PaymentRefunded({ orderId, amount: NOTHING })], [], [CHARGE]);
      // An answer now could turn out wrong: it is given when the charge's outcome is known.
      return payment.undo ? ignore('refund-waits-already') : decide<Payment>({ ...payment, undo: contextOf(command) });
    case 'PROCESSED': {
      const { amount, paymentId } = payment;
      return decide<Payment>({ status: 'REFUNDING', amount, paymentId }, [], [refund({ amount, paymentId })]);
    }
    case 'DECLINED':
      return decide<Payment>(payment, [PaymentRefunded({ orderId, amount: { ...payment.amount, amount: 0 } })]);
    case 'REFUNDING':
      return ignore('still-refunding');
    case 'REFUNDED':
    case 'UNDONE':
      return ignore('refunded-already');
  }
}

export function chargeAnswered(
  payment: Payment | undefined,
  { subject, data }: Envelope<'ChargeAnswered', ChargeAnswer>,
): Decision<Payment> {
  if (payment?.status !== 'CHARGING') return ignore('not-charging');
  const orderId = subject as OrderId;
  const { amount, undo } = payment;
  if (data.outcome === 'declined') {
    const declined: Payment = { status: 'DECLINED', amount, code: data.code };
    const nothing = PaymentRefunded({ orderId, amount: { ...amount, amount: 0 } });
    return decide<Payment>(declined, [PaymentDeclined({ orderId, code: data.code }), ...(undo ? [causedBy(undo, nothing)] : [])]);
  }
  const { paymentId } = data;
  const processed = PaymentProcessed({ orderId, paymentId, amount });
  if (!undo) return decide<Payment>({ status: 'PROCESSED', amount, paymentId }, [processed]);
  return decide<Payment>({ status: 'REFUNDING', amount, paymentId }, [processed], [refund({ amount, paymentId }, undo)]);
}

export function refundAnswered(payment: Payment | undefined, { subject }: Envelope<'RefundAnswered'>): Decision<Payment> {
  if (payment?.status !== 'REFUNDING') return ignore('not-refunding');
  const { amount, paymentId } = payment;
  return decide<Payment>({ status: 'REFUNDED', amount, paymentId }, [PaymentRefunded({ orderId: subject as OrderId, amount })]);
}
