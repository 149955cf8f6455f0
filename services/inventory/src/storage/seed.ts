import { ProductListed } from '@order-saga/contracts/inventory';
import { databaseNow } from '@order-saga/messaging/clock';
import { appendToOutbox } from '@order-saga/messaging/outbox';
import { noCause, seal } from '@order-saga/messaging/seal';
import { newTraceparent } from '@order-saga/messaging/trace';
import { withTransaction } from '@order-saga/messaging/transaction';
import type { Parts } from '@order-saga/service-kit/service';
import { newId } from '@order-saga/messaging/random';
import { assortment } from '../domain/assortment.ts';
import { saveProducts, shopIsEmpty } from './products.ts';

/** Fills an empty shop, and tells everybody what it sells. Safe with several replicas starting at once. */
export async function seed({ pool, source, log }: Parts): Promise<void> {
  const listed = await withTransaction(pool, async (tx) => {
    if (!(await shopIsEmpty(tx))) return 0;
    const cause = noCause(newId(), newTraceparent());
    const products = assortment();
    const now = await databaseNow(tx);
    const messages = products.map(({ sku, name, price }) =>
      seal(ProductListed({ sku, name, price }), cause, { source, sequence: 1, now }),
    );
    const rows = products.map((state) => ({ key: state.sku, version: 1, expected: 0, sequence: 1, answers: {}, state }));
    await tx.commit([...saveProducts(rows), ...appendToOutbox(messages)]);
    return products.length;
  });
  if (listed > 0) log.info({ products: listed }, 'the shop was empty and is filled');
}
