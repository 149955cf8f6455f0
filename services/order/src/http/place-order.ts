/**
 * `POST /orders`: parse -> load -> decide -> save. Requests that come during a commit go into the next one.
 * Written by hand, statement by statement: it is the fast path, and begins what the declaration in
 * ../orders.ts goes on with.
 */
import { MAY_ORDER } from '@order-saga/contracts/access';
import type { OrderId } from '@order-saga/contracts/values';
import { databaseNow } from '@sagakit/postgres/clock';
import { groupCommit } from '@sagakit/resilience/group-commit';
import { adaptiveBatchDelay } from '@sagakit/resilience/batch-delay';
import { firstRow } from '@sagakit/messaging/aggregate/rows';
import { appendToOutbox } from '@sagakit/messaging/outbox/outbox';
import { contextOf, rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { type PipelinedTx, retriedTransaction } from '@sagakit/postgres/transaction';
import type { Caller } from '@sagakit/service-kit/http/auth/access';
import { scopeMissing } from '@sagakit/service-kit/http/auth/refusals';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { limitPerCaller } from '@sagakit/service-kit/http/per-caller';
import { Problem } from '@sagakit/service-kit/http/problem';
import { requestTraceparent } from '@sagakit/service-kit/http/traceparent';
import type { Parts } from '@sagakit/service-kit/definition';
import { newId } from '@sagakit/resilience/ids';
import { z } from 'zod';
import { evolve, type Order } from '../domain/order.ts';
import { type Catalogue, type NewOrder, PlaceOrder, placeOrder } from '../domain/place-order.ts';
import type { Settings } from '../settings.ts';
import { saveContacts } from '../storage/contacts.ts';
import {
  type BodyHash,
  findResponses,
  hashesOf,
  isSameBody,
  type KeptResponse,
  keyOf,
  saveResponses,
} from '../storage/idempotency-keys.ts';
import { orderEvents, ordersTable } from '../storage/orders-table.ts';
import { findProducts } from '../storage/products.ts';

type Request = {
  key: string;
  /** As it was kept before keys belonged to callers. */
  bareKey: string;
  hash: BodyHash;
  body: PlaceOrder;
  traceparent: string;
};

const MAX_ORDERS_PER_COMMIT = 100;
const MAX_WAITING = 2_000;
/** The commit before may have had to wait for the database as long as that. */
const MAX_WAIT_MS = 5_000;

const Headers = z.object({ 'idempotency-key': z.string().min(1, 'must not be empty').max(255) });

export function placeOrderEndpoint(parts: Parts, { ORDERS_PER_MINUTE }: Settings) {
  const limit = limitPerCaller('orders', ORDERS_PER_MINUTE);
  const orders = groupCommit<Request, object>({
    maxItems: MAX_ORDERS_PER_COMMIT,
    maxWaiting: MAX_WAITING,
    maxWaitMs: MAX_WAIT_MS,
    batchDelay: adaptiveBatchDelay,
    run: (requests) => placeOrders(parts, requests),
  });
  return endpoint({
    method: 'post',
    path: '/orders',
    summary:
      'Places an order; what comes of it is decided later and shown by GET /orders/{orderId}. ' +
      'The same Idempotency-Key gets the same answer, for seven days unless the service is set otherwise',
    access: MAY_ORDER,
    inputs: { headers: Headers, body: PlaceOrder },
    responses: {
      202: 'Accepted: the order exists and will be confirmed, rejected or cancelled',
      400: 'No JSON, or no Idempotency-Key',
      413: 'Over 64 KiB',
      403: 'The token has not the scope, or `customerId` is not its subject',
      422: 'A field does not fit, or the key was used with another body',
      429: 'This caller places too many: come back',
      503: 'Too much at once: come back',
    },
    async handle({ headers, body }, raw, caller) {
      const take = async () => {
        forOneself(caller, body);
        const bareKey = headers['idempotency-key'];
        const key = keyOf(caller.subject, bareKey);
        const traceparent = requestTraceparent(raw);
        return orders.submit({ key, bareKey, hash: hashesOf(body), body, traceparent });
      };
      const response = await (caller.onlyOf === undefined ? take() : limit.turn(caller.onlyOf, take));
      return {
        status: 202,
        body: response,
        headers: { location: `/orders/${(response as { orderId: string }).orderId}` },
      };
    },
  });
}

/**
 * One transaction for all requests that wait. Tried again as a whole: the keys find what a lost COMMIT had
 * done.
 */
function placeOrders(parts: Parts, requests: Request[]): Promise<(object | Error)[]> {
  return retriedTransaction(parts.pool, (tx) => commitOrders(tx, parts, requests));
}

async function commitOrders(
  tx: PipelinedTx,
  { writer, outbox }: Pick<Parts, 'writer' | 'outbox'>,
  requests: Request[],
): Promise<(object | Error)[]> {
  const keys = [...new Set(requests.flatMap(({ key, bareKey }) => [key, bareKey]))];
  const skus = [...new Set(requests.flatMap(({ body }) => body.lines.map(({ sku }) => sku)))];
  const [known, catalogue, now] = await tx.together(() => [
    findResponses(tx, keys),
    findProducts(tx, skus),
    databaseNow(tx),
  ]);

  const placed: Placed[] = [];
  const fresh = new Map<string, KeptResponse>();
  const answers = requests.map((request) => {
    const before = known.get(request.key) ?? fresh.get(request.key) ?? beforeCallers(known, request);
    if (before) return isSameBody(before.body, request.hash) ? before.response : keyReused();
    const order = place(request, catalogue, writer, now);
    if (order instanceof Error) return order;
    placed.push(order);
    fresh.set(request.key, { body: request.hash, response: order.response });
    return order.response;
  });

  const contacts = placed.map(({ contact }) => contact);
  await tx.commit([
    ...saveResponses(fresh),
    ...ordersTable.save(placed.map(({ row }) => row)),
    ...saveContacts(contacts),
    ...orderEvents.append(placed.map(({ message }) => message)),
    ...appendToOutbox(
      writer.catalogue,
      placed.flatMap(({ message, contact }) => [message, contact]),
      outbox,
    ),
  ]);
  return answers;
}

/**
 * What was answered before keys belonged to callers, or while no tokens were asked for. The body says whose
 * order it is: to the same one the answer is the same; another one has nothing to do with it.
 */
function beforeCallers(
  known: Map<string, KeptResponse>,
  { bareKey, hash }: Request,
): KeptResponse | undefined {
  const before = known.get(bareKey);
  return before && isSameBody(before.body, hash) ? before : undefined;
}

/** Throws a 403 if a customer places for another. */
function forOneself({ onlyOf }: Caller, { customerId }: PlaceOrder): void {
  if (onlyOf === undefined || customerId === onlyOf) return;
  throw scopeMissing('orders:any', 'A customer places orders for themselves.', [
    { field: 'customerId', message: "must be the token's subject" },
  ]);
}

type Placed = ReturnType<typeof toPlaced>;

function place(
  { body, traceparent }: Request,
  catalogue: Catalogue,
  writer: Parts['writer'],
  now: Date,
): Placed | Problem {
  const decided = placeOrder(body, catalogue, newId() as OrderId);
  if ('refused' in decided)
    return new Problem(422, 'The order cannot be placed.', { errors: decided.refused });
  return toPlaced(decided, traceparent, writer, now);
}

function toPlaced(decided: NewOrder, traceparent: string, writer: Parts['writer'], now: Date) {
  const root = rootContext(newId(), traceparent);
  const message = toEnvelope(decided.placed, root, { writer, sequence: 1, now });
  const contact = toEnvelope(decided.contact, contextOf(message), { writer, sequence: 2, now });
  const order: Order = evolve(undefined, decided.placed);
  const { orderId, lines, total } = order;
  const { correlationid: correlationId, time: placedAt } = message;
  return {
    message,
    contact,
    row: firstRow(orderId, { ...order, correlationId, placedAt, contactApart: true }, 2),
    response: { orderId, status: 'PENDING', correlationId, lines, total, placedAt },
  };
}

function keyReused(): Problem {
  return new Problem(422, 'This Idempotency-Key was used with another body.', {
    errors: [{ field: 'idempotency-key', message: 'was used with another body' }],
  });
}
