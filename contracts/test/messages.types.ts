/**
 * What must not compile where messages are made: `tsc` (npm run check) fails if a line below
 * `@ts-expect-error` ever compiles. Beside each stands one that must.
 */
import { InventoryReservationRejected, ReserveInventory } from '../src/inventory.ts';
import type { Command, Message, MessageDefinition, MessageOf, Unrefusable } from '@sagakit/messages/define';
import { NotificationSent } from '../src/notification.ts';
import { OrderCancelled, OrderConfirmed, OrderRejected, RejectOrder } from '../src/order.ts';
import { PaymentDeclined, PaymentRefunded, ProcessPayment, RefundPayment } from '../src/payment.ts';
import { SagaStepTimedOut } from '../src/saga.ts';
import type { OrderId, Sku } from '../src/values.ts';

declare const orderId: OrderId;
declare const sku: Sku;
declare const anyDefinition: MessageDefinition;
const amount = { amount: 1, currency: 'EUR' };

export const events = (): Message[] => [
  PaymentRefunded({ orderId, amount }),
  // @ts-expect-error no field of it
  PaymentRefunded({ nonsense: 1 }),
  // @ts-expect-error an amount of money is more than a number
  PaymentRefunded({ orderId, amount: 1 }),
  // @ts-expect-error a field too many
  PaymentRefunded({ orderId, amount, nonsense: 1 }),
  // @ts-expect-error no data
  PaymentRefunded(),

  OrderConfirmed({ orderId, paymentId: 'pay_1' }),
  // @ts-expect-error all fields are missing
  OrderConfirmed({}),
  // @ts-expect-error one field is missing
  OrderConfirmed({ orderId }),

  PaymentDeclined({ orderId, code: 'card-declined' }),
  // @ts-expect-error no object
  PaymentDeclined(42),
  // @ts-expect-error a text is no order id
  PaymentDeclined({ orderId: 'o-1', code: 'card-declined' }),

  OrderRejected({ orderId, reason: 'out-of-stock' }),
  // @ts-expect-error a reason that the contract does not know
  OrderRejected({ orderId, reason: 'bad luck' }),

  InventoryReservationRejected({
    orderId,
    code: 'out-of-stock',
    missing: [{ sku, requested: 2, available: 1 }],
  }),
  // @ts-expect-error inside of what is missing a field is missing
  InventoryReservationRejected({ orderId, code: 'out-of-stock', missing: [{ sku, requested: 2 }] }),
  InventoryReservationRejected({
    orderId,
    code: 'out-of-stock',
    // @ts-expect-error an order id is no SKU
    missing: [{ sku: orderId, requested: 2, available: 1 }],
  }),

  NotificationSent({ orderId, kind: 'order-confirmed' }),
  // @ts-expect-error a kind that the contract does not know
  NotificationSent({ orderId, kind: 'order-placed' }),

  SagaStepTimedOut({ orderId, saga: 'place-order', version: 1, step: 'reserve-inventory' }),
  // @ts-expect-error the version is a number
  SagaStepTimedOut({ orderId, saga: 'place-order', version: '1', step: 'reserve-inventory' }),
];

export const commands = (): Command[] => [
  ReserveInventory({ orderId, lines: [{ sku, quantity: 1 }] }),
  // @ts-expect-error the quantity is missing
  ReserveInventory({ orderId, lines: [{ sku }] }),
  // @ts-expect-error the lines are missing
  ReserveInventory({ orderId }),
  ProcessPayment({ orderId, amount, token: 'tok_visa' }),
  // @ts-expect-error a field of another name
  ProcessPayment({ orderId, total: amount, token: 'tok_visa' }),
  RejectOrder({ orderId, reason: 'no-answer' }),
  // @ts-expect-error no reason
  RejectOrder({ orderId }),
  // @ts-expect-error undefined is no data
  RefundPayment(undefined),
  // @ts-expect-error an event is no command
  OrderCancelled({ orderId }),
];

export const made = (): Message[] => [
  OrderCancelled({ orderId }),
  // @ts-expect-error a message is made by its definition: nobody checks the data of a literal
  { type: 'OrderCancelled', data: { nonsense: 1 } },
];

// @ts-expect-error whoever has any definition cannot make a message by it: nobody knows what its data must be
export const byAny = (): Message => anyDefinition({ nonsense: 1 });

export const undo: Unrefusable[] = [
  RefundPayment({ orderId }),
  // @ts-expect-error it can be refused
  ReserveInventory({ orderId, lines: [{ sku, quantity: 1 }] }),
];

/** What is read of a message has a type of its own too, not `any`. */
export function read(
  confirmed: MessageOf<typeof OrderConfirmed>,
  command: ReturnType<typeof ReserveInventory>,
): unknown[] {
  const text: string = confirmed.data.paymentId;
  // @ts-expect-error no field of it
  const nonsense: unknown = confirmed.data.nonsense;
  // @ts-expect-error a text is no number
  const number: number = confirmed.data.paymentId;
  const reply: 'InventoryReserved' | 'InventoryReservationRejected' = command.replies[0];
  // @ts-expect-error no answer to this command
  const other: 'PaymentRefunded' = command.replies[1];
  const answer = command.answeredBy;
  // @ts-expect-error the types of the answers are known
  const otherAnswer: MessageOf<typeof OrderConfirmed> | undefined = answer;
  return [text, nonsense, number, reply, other, otherAnswer];
}
