/**
 * One order's payment. Money moves at the provider only, by an effect that is decided here and called after
 * the commit; the result comes back as an input. Pure, and states only go forward.
 */
import {
  PaymentDeclined,
  PaymentProcessed,
  PaymentRefunded,
  type ProcessPayment,
  type RefundPayment,
} from '@order-saga/contracts/payment';
import { CURRENCY, Money, type OrderId } from '@order-saga/contracts/values';
import {
  causedBy,
  type Context,
  type DataOf,
  type Decision,
  decide,
  ignore,
  type ResultOf,
} from '@sagakit/messaging/aggregate/decision';
import { effect } from '@sagakit/messaging/effects/effect';
import { z } from 'zod';

export type Payment =
  /**
   * The provider is being asked, or will be. `undo`: a refund was asked for meanwhile and waits for the
   * outcome.
   */
  | { status: 'CHARGING'; amount: Money; undo: Context['message'] | undefined }
  | { status: 'PROCESSED'; amount: Money; paymentId: string }
  | { status: 'DECLINED'; amount: Money; code: string }
  | { status: 'REFUNDING'; amount: Money; paymentId: string }
  | { status: 'REFUNDED'; amount: Money; paymentId: string }
  /**
   * A cancellation marker: the refund came before the charge was started. A charge that comes now is refused.
   */
  | { status: 'UNDONE'; amount: Money };

/** It waits for its turn at the provider, and until then it can be cancelled. */
export const charge = effect(
  'charge',
  z.object({ amount: Money, token: z.string() }),
  z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('succeeded'), paymentId: z.string() }),
    z.object({ outcome: z.literal('declined'), code: z.string() }),
  ]),
  { cancellable: true },
);
export const refund = effect('refund', z.object({ amount: Money, paymentId: z.string() }), z.object({}));

type About = Context<OrderId>;

const NOTHING: Money = { amount: 0, currency: CURRENCY };
const UNDONE: Payment = { status: 'UNDONE', amount: NOTHING };

export function processPayment(
  payment: Payment | undefined,
  { orderId, amount, token }: DataOf<typeof ProcessPayment>,
): Decision<Payment> {
  switch (payment?.status) {
    case undefined:
      return decide<Payment>(
        { status: 'CHARGING', amount, undo: undefined },
        [],
        [charge({ amount, token })],
      );
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

export function refundPayment(
  payment: Payment | undefined,
  { orderId }: DataOf<typeof RefundPayment>,
  { message, notStarted }: About,
): Decision<Payment> {
  switch (payment?.status) {
    case undefined:
      return decide(UNDONE, [PaymentRefunded({ orderId, amount: NOTHING })]);
    case 'CHARGING':
      if (notStarted(charge))
        return decide(UNDONE, [PaymentRefunded({ orderId, amount: NOTHING })], [], [charge]);
      // A reply now could turn out wrong: it is given when the charge's outcome is known.
      return payment.undo ? ignore('refund-waits-already') : decide<Payment>({ ...payment, undo: message });
    case 'PROCESSED': {
      const { amount, paymentId } = payment;
      return decide<Payment>({ status: 'REFUNDING', amount, paymentId }, [], [refund({ amount, paymentId })]);
    }
    case 'DECLINED':
      return decide<Payment>(payment, [
        PaymentRefunded({ orderId, amount: { ...payment.amount, amount: 0 } }),
      ]);
    case 'REFUNDING':
      return ignore('still-refunding');
    case 'REFUNDED':
    case 'UNDONE':
      return ignore('refunded-already');
  }
}

export function chargeAnswered(
  payment: Payment | undefined,
  result: ResultOf<typeof charge>,
  { subject: orderId }: About,
): Decision<Payment> {
  if (payment?.status !== 'CHARGING') return ignore('not-charging');
  const { amount, undo } = payment;
  if (result.outcome === 'declined') {
    const { code } = result;
    const nothing = PaymentRefunded({ orderId, amount: { ...amount, amount: 0 } });
    const declined = [PaymentDeclined({ orderId, code }), ...(undo ? [causedBy(undo, nothing)] : [])];
    return decide<Payment>({ status: 'DECLINED', amount, code }, declined);
  }
  const { paymentId } = result;
  const processed = [PaymentProcessed({ orderId, paymentId, amount })];
  if (!undo) return decide<Payment>({ status: 'PROCESSED', amount, paymentId }, processed);
  const waited = causedBy(undo, refund({ amount, paymentId }));
  return decide<Payment>({ status: 'REFUNDING', amount, paymentId }, processed, [waited]);
}

export function refundAnswered(
  payment: Payment | undefined,
  _: ResultOf<typeof refund>,
  { subject: orderId }: About,
): Decision<Payment> {
  if (payment?.status !== 'REFUNDING') return ignore('not-refunding');
  const { amount, paymentId } = payment;
  return decide<Payment>({ status: 'REFUNDED', amount, paymentId }, [PaymentRefunded({ orderId, amount })]);
}
