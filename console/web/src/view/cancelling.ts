/** What cancelling an order would undo, as far as its messages tell. */
import type { Story } from '@order-saga/console/api';
import { money } from './format.ts';

type Of = Pick<Story, 'status' | 'results' | 'lines'>;

/** In sentences, to be read before it is done. */
export function whatIsUndone({ status, results, lines = [] }: Of): string {
  const { charged, refunded, stock } = results;
  const named = (sku: string) => lines.find((line) => line.sku === sku)?.name ?? sku;
  const pieces = stock?.lines.map(({ sku, quantity }) => `${quantity} × ${named(sku)}`).join(', ');
  const undone = [
    ...(charged && !refunded ? [`${money(charged)} refunded`] : []),
    ...(stock?.state === 'sold' ? [`${pieces} returned to stock`] : []),
    ...(stock?.state === 'reserved' ? [`reservation of ${pieces} released`] : []),
  ];
  const known = undone.length > 0 ? `Undone: ${undone.join(', ')}.` : 'Nothing was reserved or charged yet.';
  return status === 'PENDING' ? `${known} What is done in the meantime is undone too.` : known;
}
