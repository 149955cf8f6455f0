/** What one message says about its story. */
import { catalogue } from '@order-saga/contracts/catalogue';
import type * as order from '@order-saga/contracts/order';
import type { EnvelopeOf } from '@sagakit/messages/envelope';
import { type MessageRow, registerKey, type StoryRow } from './rows.ts';

type DataOf<Definition> = EnvelopeOf<Definition>['data'];

/** A map: types come from anywhere, and `constructor` is none of ours. */
const KINDS: ReadonlyMap<string, number> = new Map([
  ['StockAdjusted', 2],
  ['ProductPriceChanged', 1],
]);
const ORDER = 3;

const STATUS: Readonly<Record<string, string>> = {
  OrderPlaced: 'PENDING',
  OrderConfirmed: 'CONFIRMED',
  OrderRejected: 'REJECTED',
  OrderCancelled: 'CANCELLED',
};

const SAGA_STATUS: Readonly<Record<string, string>> = {
  SagaStarted: 'running',
  SagaCompensating: 'compensating',
  SagaCompleted: 'completed',
  SagaCompensated: 'compensated',
  SagaNeedsAttention: 'needs-attention',
};

const MAX_TITLE = 200;
const MAX_WORD = 200;

/** @param data as the contract has it; undefined: it is not believed */
export function storyPart(message: MessageRow, data: unknown): StoryRow {
  const { type, time } = message;
  const key = registerKey(message);
  const known = data !== undefined;
  const status = known ? STATUS[type] : undefined;
  const sagaStatus = known ? SAGA_STATUS[type] : undefined;
  return {
    story: message.story,
    kind: KINDS.get(type) ?? (known && isAboutOrder(data) ? ORDER : 0),
    subject: message.subject,
    firstAt: time,
    lastAt: time,
    undone: catalogue.isUndo(type),
    ...(type === 'OrderPlaced' && known
      ? { placed: placedOf(key, message, data as DataOf<typeof order.OrderPlaced>) }
      : {}),
    ...(status ? { status: { statusKey: key, status, reason: reasonOf(data), statusAt: time } } : {}),
    ...(sagaStatus
      ? { saga: { sagaKey: key, saga: printable(String((data as { saga: string }).saga)), sagaStatus } }
      : {}),
  };
}

const isAboutOrder = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'orderId' in data;

function placedOf(
  placedKey: string,
  { time }: MessageRow,
  data: DataOf<typeof order.OrderPlaced>,
): StoryRow['placed'] {
  return {
    placedKey,
    orderId: data.orderId,
    customer: printable(data.customerId),
    title: titleOf(data.lines),
    skus: ` ${[...new Set(data.lines.map(({ sku }) => sku))].sort().join(' ')} `,
    amount: data.total.amount,
    currency: data.total.currency,
    placedAt: time,
  };
}

/** `2 × Mechanical keyboard, 1 × Monitor` */
function titleOf(lines: readonly { name: string; quantity: number }[]): string {
  const all = lines.map(({ name, quantity }) => `${quantity} × ${name}`).join(', ');
  return printable(all, MAX_TITLE);
}

function reasonOf(data: unknown): string | null {
  const { reason } = data as { reason?: unknown };
  return typeof reason === 'string' ? printable(reason) : null;
}

/** Postgres keeps no NUL, and a list no novel. */
export const printable = (text: string, most = MAX_WORD): string =>
  (text.length > most ? `${text.slice(0, most - 1)}…` : text).replaceAll('\u0000', '\uFFFD').toWellFormed();
