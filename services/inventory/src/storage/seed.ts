import { ProductListed } from '@order-saga/contracts/inventory';
import { databaseNow } from '@sagakit/postgres/clock';
import { firstRow } from '@sagakit/messaging/aggregate/rows';
import { appendToOutbox } from '@sagakit/messaging/outbox/outbox';
import { rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { newTraceparent } from '@sagakit/messaging/trace';
import { withTransaction } from '@sagakit/postgres/transaction';
import type { Parts } from '@sagakit/service-kit/definition';
import { newId } from '@sagakit/resilience/ids';
import { assortment } from '../domain/assortment.ts';
import { productsTable, shopIsEmpty } from './products-table.ts';

/** Fills an empty shop, and tells everybody what it sells. Safe with several replicas starting at once. */
export async function seed({ pool, writer, log }: Parts): Promise<void> {
  const listed = await withTransaction(pool, async (tx) => {
    if (!(await shopIsEmpty(tx))) return 0;
    const cause = rootContext(newId(), newTraceparent());
    const products = assortment();
    const now = await databaseNow(tx);
    const messages = products.map(({ sku, name, price }) =>
      toEnvelope(ProductListed({ sku, name, price }), cause, { writer, sequence: 1, now }),
    );
    const rows = products.map((product) => firstRow(product.sku, product));
    await tx.commit([...productsTable.save(rows), ...appendToOutbox(writer.catalogue, messages)]);
    return products.length;
  });
  if (listed > 0) log.info({ products: listed }, 'the shop was empty and is filled');
}
