/**
 * The words for the shop's facts, by the type of the message that says them. A fork puts its own here; what
 * is not here is told by its name.
 */
import type { Money, Results, Send } from '../api.ts';

export const money = ({ amount, currency }: Money): string => {
  const text = (amount / 100).toFixed(2);
  return currency === 'EUR' ? `€ ${text}` : `${text} ${currency}`;
};

type Phrase = string | ((send: Send, results: Results) => string);

/** A step that was done. */
const DONE: Readonly<Record<string, Phrase>> = {
  InventoryReserved: 'the stock was reserved',
  PaymentProcessed: (_, { charged }) =>
    charged ? `the card was charged ${money(charged)}` : 'the card was charged',
  OrderConfirmed: 'the order was confirmed',
  InventoryCommitted: 'the stock was sold',
  PaymentRefunded: (_, { refunded }) =>
    refunded ? `${money(refunded)} was refunded` : 'nothing had been charged',
  InventoryReleased: 'the stock was returned',
  OrderCancelled: 'the order was cancelled',
};

const REFUSED: Readonly<Record<string, Phrase>> = {
  InventoryReservationRejected: ({ refusal }) =>
    refusal === 'undone' ? 'the reservation came after its undo' : 'there was not enough stock',
  PaymentDeclined: ({ refusal }) => `the card was declined${refusal ? ` (${refusal})` : ''}`,
};

const UNDONE: Readonly<Record<string, Phrase>> = {
  InventoryReleased: (_, { stock }) =>
    stock?.state === 'given-back'
      ? 'the reservation was given back'
      : 'the reservation was called off (nothing had been reserved)',
  PaymentRefunded: (_, { refunded }) =>
    refunded ? `${money(refunded)} was refunded` : 'the payment was called off (nothing had been charged)',
  OrderRejected: 'the order was rejected',
  OrderCancelled: 'the order was cancelled',
};

const say = (phrase: Phrase | undefined, send: Send, results: Results): string | undefined =>
  typeof phrase === 'function' ? phrase(send, results) : phrase;

/** Without capital and full stop. */
export const done = (step: string, send: Send, results: Results): string =>
  say(DONE[send.answer ?? ''], send, results) ?? `${step} was done`;

export const refused = (step: string, send: Send, results: Results): string =>
  say(REFUSED[send.answer ?? ''], send, results) ??
  `${step} was refused${send.refusal ? ` (${send.refusal})` : ''}`;

export const undone = (step: string, send: Send, results: Results): string =>
  say(UNDONE[send.answer ?? ''], send, results) ?? `${step} was undone`;
