/** One product changed from outside: its row locked, the decision asked, row and event committed together. */
import type { Message } from '@sagakit/messages/define';
import { databaseNow } from '@sagakit/postgres/clock';
import { appendToOutbox } from '@sagakit/messaging/outbox/outbox';
import { rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { retriedTransaction } from '@sagakit/postgres/transaction';
import type { Parts } from '@sagakit/service-kit/service';
import { newId } from '@sagakit/resilience/ids';
import type { Product } from '../domain/product.ts';
import { lockProducts, saveProducts } from './products.ts';

export type Change<R> = (product: Product) => { product: Product; event: Message } | R;

/** Undefined: there is no such product. A refusal of `change` is passed on, and nothing is written. */
export async function changeProduct<R extends { refused: string }>(
  { pool, writer, outbox }: Parts,
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
    const message = toEnvelope(changed.event, rootContext(newId(), traceparent), { writer, sequence, now });
    const next = { ...row, state: changed.product, sequence, version: row.version + 1 };
    await tx.commit([...saveProducts([next]), ...appendToOutbox(writer.catalogue, [message], outbox)], outbox);
    return changed.product;
  });
}
