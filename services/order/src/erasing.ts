/**
 * Forgets what a customer asked to have forgotten: order by order, a batch in each transaction, until nothing
 * is left that was placed up to the request. With each batch the others are told: a record that takes the
 * contact back per order, and what was done, by whom. After a crash whoever is next goes on where it stopped.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ContactProvided, CustomerErased, MOST_ERASED } from '@order-saga/contracts/order';
import { appendErasures, erase } from '@sagakit/messaging/outbox/erasures';
import { appendToOutbox } from '@sagakit/messaging/outbox/outbox';
import { rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { databaseNow } from '@sagakit/postgres/clock';
import { troubleOf } from '@sagakit/postgres/database-errors';
import { type PipelinedTx, withTransaction } from '@sagakit/postgres/transaction';
import { type Background, inBackground } from '@sagakit/resilience/background';
import type { Parts } from '@sagakit/service-kit/definition';
import { deleteContacts, listContacts, type OrderContact } from './storage/contacts.ts';
import { lastSequence, lockUnderWay, saveStep, type UnderWay } from './storage/erasures.ts';
import { forgetBodies } from './storage/idempotency-keys.ts';

/** Orders of one transaction, so that none is long; no more than one message may name. */
const ERASED_AT_ONCE = Math.min(200, MOST_ERASED);
/** For what is not at its end after its request's own step, and after a failure. */
const EVERY_MS = 5_000;
/**
 * An order that was being placed at the request may be committed behind it. By then it is, or was given up.
 */
const SWEPT_AFTER_MS = 60_000;

export type Using = Pick<Parts, 'pool' | 'writer' | 'outbox' | 'log'>;

export function eraseInBackground(parts: Using): Background {
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      const more = await eraseNext(parts);
      if (!more) await delay(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  });
}

/** As eraseStep. It does not reject: after a failure nothing is lost, and the background goes on with it. */
export const eraseNext = (parts: Using): Promise<boolean> =>
  eraseStep(parts).catch((error: Error) => {
    parts.log.warn({ ...troubleOf(error), waitMs: EVERY_MS }, 'a customer is not erased yet, retrying');
    return false;
  });

/** One step of the oldest that is under way; false: there is none. */
export function eraseStep(
  { pool, writer, outbox, log }: Using,
  { atOnce = ERASED_AT_ONCE, sweptAfterMs = SWEPT_AFTER_MS } = {},
): Promise<boolean> {
  return withTransaction(pool, async (tx) => {
    const erasure = await lockUnderWay(tx, sweptAfterMs);
    if (!erasure) return false;
    const found = await nextOf(tx, erasure, atOnce);
    const isLast = found.length < atOnce;
    // Once it was said that it is done, it is said again only if something was found after all.
    const tells = found.length > 0 || (isLast && erasure.doneAt === null);
    const orders = found.map(({ orderId }) => orderId);
    const { customerId, by, correlationId, traceparent } = erasure;
    const cause = rootContext(correlationId, traceparent);
    const now = await databaseNow(tx);
    const sequence = tells ? (await lastSequence(tx, customerId)) + 1 : erasure.sequence;
    const told = CustomerErased({ customerId, orders, by, at: now.toISOString() });
    await tx.commit([
      ...deleteContacts(orders),
      ...forgetBodies(found),
      ...appendErasures(
        orders.map((orderId) => erase(ContactProvided, orderId, cause, writer)),
        outbox,
      ),
      ...appendToOutbox(
        writer.catalogue,
        tells ? [toEnvelope(told, cause, { writer, sequence, now })] : [],
        outbox,
      ),
      saveStep(erasure, { sequence, orders: orders.length, reached: isLast ? undefined : found.at(-1) }),
    ]);
    log.info(
      { erasure: erasure.number, orders: orders.length, by, correlationId, isLast },
      'customer erased',
    );
    return true;
  });
}

const nextOf = (
  tx: PipelinedTx,
  { customerId, requestedAt, reached }: UnderWay,
  limit: number,
): Promise<OrderContact[]> => listContacts(tx, { customerId, until: requestedAt, after: reached, limit });
