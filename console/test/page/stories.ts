/** One story of each kind that the page has to show. */
import { type Line, play, type Played, type Script } from './script.ts';

const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const LAMP = { sku: 'SKU-0012', name: 'Desk lamp', quantity: 1, unitPrice: EUR(4900) };
const KEYBOARD = { sku: 'SKU-0031', name: 'Mechanical keyboard', quantity: 2, unitPrice: EUR(12_900) };
const MONITOR = { sku: 'SKU-0044', name: 'Monitor', quantity: 1, unitPrice: EUR(32_900) };
const PRINT = { sku: 'SKU-0100', name: 'Signed print, limited edition', quantity: 5, unitPrice: EUR(4490) };

/** What is said whether there is a saga or not. */
const APART = new Set(['OrderPlaced', 'ContactProvided', 'OrderCancellationRequested', 'NotificationSent']);

/** `label at Type < cause` for each line; the saga is the one that `label` names. */
function lines(text: string, saga = 'placed', more: Record<string, object> = {}): Line[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [label = '', at, type = '', , cause] = line.trim().split(/\s+/);
      const isOfSaga = !APART.has(type);
      return {
        label,
        at: Number(at),
        type,
        ...(cause ? { cause } : {}),
        ...(isOfSaga ? { saga } : {}),
        ...(more[label] ? { data: more[label] } : {}),
      };
    });
}

const REFUSED = (reason: string) => ({ why: { kind: 'refused', reason } });

const CONFIRMED = `
  placed    0  OrderPlaced
  started   5  SagaStarted        < placed
  reserve   5  ReserveInventory   < placed
  reserved  9  InventoryReserved  < reserve
  pay      12  ProcessPayment     < reserved
  paid     22  PaymentProcessed   < pay
  confirm  25  ConfirmOrder       < paid
  order    29  OrderConfirmed     < confirm
  commit   32  CommitInventory    < order
  sold     36  InventoryCommitted < commit
  done     39  SagaCompleted      < sold
  mail     48  NotificationSent   < order`;

const confirmed = (n: number, placed: number, line = KEYBOARD): Script => ({
  n,
  placed,
  lines: [line],
  token: 'tok_visa',
  said: lines(CONFIRMED, 'placed', { mail: { kind: 'order-confirmed' } }),
  effects: [
    { of: 'pay', name: 'charge', service: 'payment', at: 13, ms: 8 },
    { of: 'order', name: 'mail', service: 'notification', at: 33, ms: 13 },
  ],
});

const declined = (n: number, placed: number): Script => ({
  n,
  placed,
  lines: [LAMP],
  token: 'tok_declined',
  said: lines(
    `
    placed    0  OrderPlaced
    started   6  SagaStarted       < placed
    reserve   6  ReserveInventory  < placed
    reserved 15  InventoryReserved < reserve
    pay      19  ProcessPayment    < reserved
    declined 61  PaymentDeclined   < pay
    turned   66  SagaCompensating  < declined
    release  66  ReleaseInventory  < declined
    released 74  InventoryReleased < release
    reject   79  RejectOrder       < released
    order    85  OrderRejected     < reject
    end      91  SagaCompensated   < order
    mail    104  NotificationSent  < order`,
    'placed',
    {
      turned: REFUSED('payment-declined'),
      end: REFUSED('payment-declined'),
      reject: { reason: 'payment-declined' },
      order: { reason: 'payment-declined' },
      mail: { kind: 'order-rejected' },
    },
  ),
  twice: ['pay'],
  effects: [
    { of: 'pay', name: 'charge', service: 'payment', at: 21, ms: 37 },
    { of: 'order', name: 'mail', service: 'notification', at: 90, ms: 12 },
  ],
});

const outOfStock = (n: number, placed: number): Script => ({
  n,
  placed,
  lines: [PRINT],
  token: 'tok_visa',
  traced: false,
  said: lines(
    `
    placed   0  OrderPlaced
    started  5  SagaStarted                  < placed
    reserve  5  ReserveInventory             < placed
    none    11  InventoryReservationRejected < reserve
    turned  14  SagaCompensating             < none
    reject  14  RejectOrder                  < none
    order   19  OrderRejected                < reject
    end     23  SagaCompensated              < order
    mail    31  NotificationSent             < order`,
    'placed',
    {
      none: { code: 'out-of-stock', missing: [{ sku: 'SKU-0100', requested: 5, available: 3 }] },
      turned: REFUSED('out-of-stock'),
      end: REFUSED('out-of-stock'),
      reject: { reason: 'out-of-stock' },
      order: { reason: 'out-of-stock' },
      mail: { kind: 'order-rejected' },
    },
  ),
});

const SILENT = { why: { kind: 'silent' } };

const silent = (n: number, placed: number): Script => ({
  n,
  placed,
  lines: [MONITOR],
  token: 'tok_timeout',
  said: lines(
    `
    placed        0  OrderPlaced
    started       5  SagaStarted       < placed
    reserve       5  ReserveInventory  < placed
    reserved     11  InventoryReserved < reserve
    pay          15  ProcessPayment    < reserved
    timeout  120016  SagaStepTimedOut  < pay
    turned   120016  SagaCompensating  < pay
    refund   120016  RefundPayment     < pay
    refunded 120043  PaymentRefunded   < refund
    release  120047  ReleaseInventory  < refunded
    released 120053  InventoryReleased < release
    reject   120056  RejectOrder       < released
    order    120062  OrderRejected     < reject
    end      120066  SagaCompensated   < order
    mail     120078  NotificationSent  < order`,
    'placed',
    {
      timeout: { step: 'process-payment' },
      turned: SILENT,
      end: SILENT,
      reject: { reason: 'no-answer' },
      order: { reason: 'no-answer' },
      mail: { kind: 'order-rejected' },
    },
  ),
  effects: [
    { of: 'pay', name: 'charge', service: 'payment', at: 17, ms: 30_000, failed: true },
    { of: 'refund', name: 'refund', service: 'payment', at: 120_019, ms: 21 },
    { of: 'order', name: 'mail', service: 'notification', at: 120_066, ms: 10 },
  ],
});

const CANCELLATION = `
  asked        0  OrderCancellationRequested
  started2     6  SagaStarted       < asked
  refund       6  RefundPayment     < asked
  refunded    21  PaymentRefunded   < refund
  release     25  ReleaseInventory  < refunded
  released    31  InventoryReleased < release
  cancel      35  CancelOrder       < released
  gone        40  OrderCancelled    < cancel
  done2       44  SagaCompleted     < gone
  mail2       56  NotificationSent  < gone`;

/** One that was confirmed, and is cancelled at that many milliseconds. */
export function cancelledAt(script: Script, at: number, pace = 1): Script {
  const saga = { saga: 'cancel-order' };
  const then = lines(CANCELLATION, 'asked', {
    ...{ started2: saga, done2: saga },
    mail2: { kind: 'order-cancelled' },
  });
  return { ...script, said: [...script.said, ...then.map((line) => ({ ...line, at: at + line.at * pace }))] };
}

const cancelled = (n: number, placed: number): Script => cancelledAt(confirmed(n, placed), 4210);

const DEADLINE_MS = 120_000;

/** RefundPayment is not acknowledged: sent again and again, until somebody looks or for ever. */
const unacknowledged = (sends: number, hand = '') => {
  const repeats = Array.from(
    { length: sends - 1 },
    (_, i) => `refund${i + 1}  ${DEADLINE_MS * (i + 2) + 20}  RefundPayment < refund`,
  ).join('\n');
  return (n: number, placed: number): Script => ({
    n,
    placed,
    lines: [MONITOR, LAMP],
    token: 'tok_refund_fails_twice',
    traced: false,
    said: lines(
      `
      placed        0  OrderPlaced
      started       5  SagaStarted       < placed
      reserve       5  ReserveInventory  < placed
      reserved     11  InventoryReserved < reserve
      pay          15  ProcessPayment    < reserved
      timeout  120016  SagaStepTimedOut  < pay
      turned   120016  SagaCompensating  < pay
      refund   120016  RefundPayment     < pay
      ${repeats}
      ${hand}`,
      'placed',
      { timeout: { step: 'process-payment' }, turned: SILENT, hand: { step: 'process-payment' } },
    ),
  });
};
const needsAttention = unacknowledged(6, 'hand     720040  SagaNeedsAttention < refund5');
const INSISTS = 500;
const insistent = unacknowledged(INSISTS);

const parked = (n: number, placed: number): Script => ({
  n,
  placed,
  lines: [LAMP],
  token: 'tok_visa',
  said: lines(`
    placed   0  OrderPlaced
    started  5  SagaStarted      < placed
    reserve  5  ReserveInventory < placed`),
  parked: [
    {
      label: 'reserve',
      service: 'inventory',
      reason: 'schema-invalid',
      error: 'data.lines.0.quantity: Too small: expected number to be >0',
      at: 9,
    },
  ],
});

/** The card is being asked: the story as it stands while it runs. */
const running = (n: number, placed: number): Script => {
  const all = declined(n, placed);
  return { ...all, twice: [], token: 'tok_timeout', said: all.said.slice(0, 5), effects: [] };
};

export const SCRIPTS = {
  confirmed,
  declined,
  outOfStock,
  silent,
  cancelled,
  needsAttention,
  parked,
  running,
  insistent,
};
export type Kind = keyof typeof SCRIPTS;

const ONE_OF_EACH: Kind[] = [
  'declined',
  'confirmed',
  'outOfStock',
  'silent',
  'cancelled',
  'needsAttention',
  'parked',
  'running',
  'insistent',
];
/** How long before the others it began, so that none of it is still to come. */
const EARLIER_MS: Partial<Record<Kind, number>> = { insistent: (INSISTS + 2) * DEADLINE_MS };

/** One of each, oldest last, and confirmed ones between them. */
export function recorded(shift = 0): (Played & { kind: Kind })[] {
  const told = ONE_OF_EACH.map((kind, i) => {
    const placed = shift - i * 23_000 - (EARLIER_MS[kind] ?? 0);
    return { kind, ...play(SCRIPTS[kind](i + 1, placed)) };
  });
  const plain = [KEYBOARD, LAMP, MONITOR].flatMap((line, i) =>
    [0, 1, 2, 3].map((j) => ({
      kind: 'confirmed' as const,
      ...play(confirmed(20 + i * 4 + j, shift - 9_000 - i * 61_000 - j * 17_000, line)),
    })),
  );
  return [...told, ...plain];
}
