/** Fifty orders that end in every way an order can, one after the other, no faster than they are taken. */
import type { Placed, Product } from '@order-saga/console/api';
import { counted } from './format.ts';

export const MIXED = 50;
/** So long from one order to the next: five in a second. */
const EVERY_MS = 200;
/** So often one order is tried; each time with the same key, so it is one order. */
const TRIES = 8;

/** How it is meant to go; what came of it the order's story says. */
export type Meant = 'paid' | 'declined' | 'out-of-stock' | 'cancelled';
export const MEANT: readonly Meant[] = ['paid', 'declined', 'out-of-stock', 'cancelled'];

export type Planned = { meant: Meant; sku: string; quantity: number; token: string };
export type PlacedOne = Planned & Pick<Placed, 'orderId' | 'correlationId'>;

/** Of ten: repeated until there are enough. */
const TEN: readonly [Meant, token: string][] = [
  ['paid', 'tok_visa'],
  ['declined', 'tok_declined'],
  ['paid', 'tok_visa'],
  ['cancelled', 'tok_visa'],
  ['paid', 'tok_error_once'],
  ['out-of-stock', 'tok_visa'],
  ['paid', 'tok_visa'],
  ['declined', 'tok_insufficient_funds'],
  ['paid', 'tok_visa'],
  ['paid', 'tok_visa'],
];

/** Nothing, if there is nothing to sell. */
export function planned(products: readonly Product[], of = MIXED): Planned[] {
  const plenty = products.filter(({ available }) => available >= of);
  const sold = plenty.length > 0 ? plenty : products.filter(({ available }) => available > 0);
  const rarest = products.toSorted((a, b) => a.available - b.available)[0];
  return Array.from({ length: of }, (_, i): Planned[] => {
    const [meant, token] = TEN[i % TEN.length] ?? ['paid', 'tok_visa'];
    const product = meant === 'out-of-stock' ? rarest : sold[i % sold.length];
    if (!product) return [];
    const quantity = meant === 'out-of-stock' ? product.available + 1 : 1;
    return [{ meant, token, sku: product.sku, quantity }];
  }).flat();
}

const WORDS: Readonly<Record<Meant, string>> = {
  paid: 'with a good card',
  declined: 'with a card that is declined',
  'out-of-stock': 'for more than there is',
  cancelled: 'cancelled at once',
};
export const meantWord = (meant: Meant): string => WORDS[meant];

/** `12 with a good card, 4 with a card that is declined` */
export const summary = (placed: readonly Planned[]): string =>
  MEANT.flatMap((meant) => {
    const n = placed.filter((one) => one.meant === meant).length;
    return n === 0 ? [] : [`${n} ${meantWord(meant)}`];
  }).join(', ');

export const progressWords = (placed: readonly Planned[], of: number): string =>
  `${placed.length} of ${counted(of, 'order')} placed`;

/** What was answered for now: come back in so many seconds. */
export type ComeBack = { inS: number };

export type Doing = {
  place: (planned: Planned, key: string) => Promise<Pick<Placed, 'orderId' | 'correlationId'>>;
  cancel: (orderId: string) => Promise<unknown>;
  /** Of what was thrown; undefined: trying again is of no use. */
  comeBack: (error: unknown) => ComeBack | undefined;
  /** Rejects if the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  newKey: () => string;
  onPlaced: (placed: PlacedOne) => void;
  /** Undefined: it goes on. */
  onWaiting: (comeBack: ComeBack | undefined) => void;
};

/** Rejects with what cannot be tried again, or with the signal's reason once it aborts. */
export async function placeAll(plan: readonly Planned[], doing: Doing, signal: AbortSignal): Promise<void> {
  for (const [i, one] of plan.entries()) {
    if (i > 0) await doing.wait(EVERY_MS, signal);
    signal.throwIfAborted();
    const key = doing.newKey();
    const { orderId, correlationId } = await tried(() => doing.place(one, key), doing, signal);
    doing.onPlaced({ ...one, orderId, correlationId });
    if (one.meant === 'cancelled') await tried(() => doing.cancel(orderId), doing, signal);
  }
}

async function tried<T>(
  work: () => Promise<T>,
  { comeBack, wait, onWaiting }: Doing,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const later = attempt < TRIES ? comeBack(error) : undefined;
      if (!later) throw error;
      onWaiting(later);
      await wait(later.inS * 1_000, signal);
      onWaiting(undefined);
    }
  }
}
