/** One product changed from outside: its row locked, the decision asked, row and event committed together. */
import type { Message } from '@order-saga/contracts/message';
import { databaseNow } from '@order-saga/messaging/clock';
import { appendToOutbox } from '@order-saga/messaging/outbox';
import { noCause, seal } from '@order-saga/messaging/seal';
import { retriedTransaction } from '@order-saga/messaging/transaction';
import type { Parts } from '@order-saga/service-kit/service';
import { newId } from '@order-saga/messaging/random';
import type { Product } from '../domain/product.ts';
import { lockProducts, saveProducts } from './products.ts';

export type Change<R> = (product: Product) => { product: Product; event: Message } | R;

/** Undefined: there is no such product. A refusal of `change` is passed on, and nothing is written. */
export async function changeProduct<R extends { refused: string }>(
  { pool, source, handover }: Parts,
  sku: string,
  traceparent: string,
  change: Change<R>,
): Promise<Product | R | undefined> {
  return retriedTransaction(pool, async (tx) => {
    const [[row], now] = await tx.together(() => [lockProducts(tx, [sku]), databaseNow(tx)]);
    if (!row?.state) return undefined;
    const changed = change(row.state);
    if (!('event' in changed)) return changed;
    const sequence = row.sequence + 1;
    const message = seal(changed.event, noCause(newId(), traceparent), { source, sequence, now });
    const next = { ...row, state: changed.product, sequence, version: row.version + 1, expected: row.version };
    await tx.commit([...saveProducts([next]), ...appendToOutbox([message], handover)], handover);
    return changed.product;
  });
}
