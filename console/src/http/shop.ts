/**
 * The shop's calls, passed to the services as they are and answered as they answer; and what the services say
 * now about a story.
 */
import { randomBytes } from 'node:crypto';
import { MAY_ORDER } from '@order-saga/contracts/access';
import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from '@sagakit/service-kit/http/endpoint';
import { Id, Word } from '@sagakit/service-kit/http/inputs';
import { Problem, tryLater } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { Money, MoneyNow, OrderToPlace, Placed, Products } from '../api.ts';
import { readStory } from '../store/read-story.ts';
import { orderOf } from '../story/results.ts';
import { toMessage } from '../story/message.ts';
import { type Asked, jsonOf } from '../upstream.ts';
import { answering, type ConsoleEndpoint, withEtag } from './answers.ts';
import type { Read } from './read.ts';

/** A person waits. */
const WITHIN_MS = 8_000;

export const shopEndpoints = (read: Read): ConsoleEndpoint[] => [
  products(read),
  place(read),
  cancel(read),
  moneyNow(read),
];

function pass(service: string, asked: Asked): Reply {
  if ('away' in asked) throw tryLater(`${service} cannot be asked: ${asked.away}.`);
  const { status, body, contentType, says } = asked;
  return { status, body, headers: { 'content-type': contentType, ...says } };
}

/** The order's trace begins in the page: it is sampled whatever the stack samples, and kept. */
function sampledTrace({ telemetry }: Read): string {
  const trace = randomBytes(16).toString('hex');
  telemetry.always(trace);
  return `00-${trace}-${randomBytes(8).toString('hex')}-01`;
}

function products({ upstream }: Read): ConsoleEndpoint {
  return answering(Products, {
    method: 'get',
    path: '/api/shop/products',
    summary: 'Products with price and stock, as inventory says now',
    inputs: { query: z.object({ limit: z.string().optional(), cursor: z.string().max(500).optional() }) },
    responses: { 200: 'A page', 304: 'As you have it', 503: 'Inventory is away' },
    async handle({ query }, headers) {
      const asked = await upstream.ask(
        'inventory',
        `/stock?${new URLSearchParams(query as Record<string, string>)}`,
        {
          withinMs: WITHIN_MS,
        },
      );
      const json = jsonOf(asked);
      return json === undefined ? pass('inventory', asked) : withEtag(json, headers);
    },
  });
}

function place(read: Read): ConsoleEndpoint {
  return answering(Placed, {
    method: 'post',
    path: '/api/shop/orders',
    access: MAY_ORDER,
    summary: 'Places an order, with the header Idempotency-Key, as `POST /orders` of the order service',
    inputs: { body: z.unknown().meta(z.toJSONSchema(OrderToPlace, { io: 'input' })) },
    responses: {
      202: 'Accepted; the story is at /api/stories/{correlationId}',
      400: 'A header does not fit',
      422: 'The order does not fit',
      503: 'The order service is away or busy',
    },
    handle: async ({ body }, headers) =>
      pass(
        'order',
        await read.upstream.ask('order', '/orders', {
          withinMs: WITHIN_MS,
          init: { method: 'POST', headers: headersOf(read, headers), body: JSON.stringify(body) },
        }),
      ),
  });
}

/** What a caller does is done with their own token: the console's own may only look. */
const asCaller = ({ authorization }: IncomingHttpHeaders): Record<string, string> =>
  authorization ? { authorization } : {};

function headersOf(read: Read, headers: IncomingHttpHeaders): Record<string, string> {
  const key = headers['idempotency-key'];
  return {
    'content-type': 'application/json',
    traceparent: sampledTrace(read),
    ...asCaller(headers),
    ...(typeof key === 'string' ? { 'idempotency-key': key } : {}),
  };
}

function cancel(read: Read): ConsoleEndpoint {
  return answering(z.looseObject({}), {
    method: 'post',
    path: '/api/shop/orders/:orderId/cancel',
    access: MAY_ORDER,
    summary: 'Asks to cancel, as `POST /orders/{id}/cancel` of the order service',
    inputs: { params: z.object({ orderId: Id }) },
    responses: {
      202: 'It is asked for',
      404: 'No such order',
      409: 'It was rejected',
      503: 'The order service is away',
    },
    handle: async ({ params }, headers) =>
      pass(
        'order',
        await read.upstream.ask('order', `/orders/${params.orderId}/cancel`, {
          withinMs: WITHIN_MS,
          init: { method: 'POST', headers: { traceparent: sampledTrace(read), ...asCaller(headers) } },
        }),
      ),
  });
}

const PaymentSays = z.object({ status: z.string(), amount: Money, charges: z.int(), refunds: z.int() });
const LedgerSays = z.object({ items: z.array(z.object({ kind: z.string(), amount: Money })) });
const MailsSay = z.object({ items: z.array(z.object({ kind: z.string(), sentAt: z.string() })) });

function moneyNow(read: Read): ConsoleEndpoint {
  return answering(MoneyNow, {
    method: 'get',
    path: '/api/stories/:correlationId/money',
    summary:
      "What payment, the provider's ledger and notification say now; one that is away costs the others nothing",
    inputs: { params: z.object({ correlationId: Word.min(1) }) },
    responses: { 200: 'What they say', 404: 'The story is not known, or has no order' },
    async handle({ params }) {
      const stored = await readStory(read.db, read.generation(), params.correlationId);
      const orderId = stored && orderOf(stored.messages.map(toMessage)).orderId;
      if (!orderId) throw new Problem(404, `No order of a story ${params.correlationId} is known here.`);
      return { status: 200, body: await askAll(read, encodeURIComponent(orderId)) };
    },
  });
}

async function askAll({ upstream }: Read, orderId: string): Promise<MoneyNow> {
  const [payment, ledger, mails] = await Promise.all([
    upstream.ask('payment', `/payments/${orderId}`),
    upstream.urlOf('psp') ? upstream.ask('psp', `/ledger?orderId=${orderId}`) : undefined,
    upstream.ask('notification', `/notifications?orderId=${orderId}`),
  ]);
  return {
    payment: said('payment', payment, PaymentSays, (value) => value),
    ...(ledger ? { provider: said('payment provider', ledger, LedgerSays, summed) } : {}),
    mails: said('notification', mails, MailsSay, ({ items }) =>
      items.map(({ kind, sentAt }) => ({ kind, sentAt })),
    ),
  };
}

function said<S extends z.ZodType, V>(
  service: string,
  asked: Asked,
  schema: S,
  of: (answer: z.infer<S>) => V,
) {
  const asOf = new Date().toISOString();
  if ('away' in asked) return { service, answers: 'no' as const, asOf, why: asked.away };
  if (asked.status === 404) return { service, answers: 'nothing' as const, asOf };
  const read = schema.safeParse(jsonOf(asked));
  if (!read.success) return { service, answers: 'no' as const, asOf, why: `it answers ${asked.status}` };
  return { service, answers: 'yes' as const, asOf, value: of(read.data) };
}

function summed({ items }: z.infer<typeof LedgerSays>) {
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  const sum = (kind: string) => of(kind).reduce((total, { amount }) => total + amount.amount, 0);
  const currency = items[0]?.amount.currency ?? 'EUR';
  const net = { amount: sum('charge') - sum('refund'), currency };
  return { charges: of('charge').length, refunds: of('refund').length, declined: of('declined').length, net };
}
