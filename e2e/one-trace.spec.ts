import { SERVICES } from '@order-saga/contracts/system';
import { authorizationFor, eventually, expect, orderBody, shop, someSku, test } from './support/story.ts';
import type { Span } from './support/trace-receiver.ts';
import { spansNamed, spansOf } from './support/traces.ts';

const PRODUCER = 4;
const CONSUMER = 5;
const SERVER = 2;

/** Which service's message is handled where: the whole story of a confirmed order, edge by edge. */
const EDGES = [
  ['order', 'OrderPlaced', 'saga-orchestrator'],
  ['order', 'ContactProvided', 'notification'],
  ['saga-orchestrator', 'ReserveInventory', 'inventory'],
  ['inventory', 'InventoryReserved', 'saga-orchestrator'],
  ['saga-orchestrator', 'ProcessPayment', 'payment'],
  ['payment', 'PaymentProcessed', 'saga-orchestrator'],
  ['saga-orchestrator', 'ConfirmOrder', 'order'],
  ['order', 'OrderConfirmed', 'saga-orchestrator'],
  ['order', 'OrderConfirmed', 'notification'],
  ['saga-orchestrator', 'CommitInventory', 'inventory'],
  ['inventory', 'InventoryCommitted', 'saga-orchestrator'],
];

test('one order is one trace through all five services', async () => {
  const traceId = crypto.randomUUID().replaceAll('-', '');
  const response = await fetch(`${shop.urls.order}/orders`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
      ...(await authorizationFor(shop.urls.order)),
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    },
    body: JSON.stringify(orderBody([{ sku: someSku(), quantity: 1 }])),
  });
  expect(response.status).toBe(202);
  const { orderId, correlationId } = (await response.json()) as { orderId: string; correlationId: string };
  await shop.ended(orderId);

  let spans: Span[] = [];
  const byId = () => new Map(spans.map((span) => [span.spanId, span]));
  /** But for the request's own, whose parent is here. */
  const orphans = () => {
    const known = byId();
    return spans.filter(({ parentSpanId, kind }) => !known.has(parentSpanId) && kind !== SERVER);
  };
  const edges = () => {
    const known = byId();
    return spans
      .filter(({ kind, attributes }) => kind === CONSUMER && !attributes['order_saga.duplicate'])
      .map((consumer) => {
        const producer = known.get(consumer.parentSpanId);
        return [producer?.service, producer?.attributes['order_saga.message.type'], consumer.service].join(
          ' ',
        );
      });
  };
  const expected = EDGES.map((edge) => edge.join(' ')).sort();
  await eventually(
    'every edge is in the trace, and every parent has been told',
    async () => {
      spans = await spansOf(traceId);
      const whole = expected.every((edge) => edges().includes(edge)) && orphans().length === 0;
      return whole && spans.some(({ name }) => name === 'create NotificationSent');
    },
    { seen: () => ({ edges: edges(), orphans: orphans() }) },
  );
  expect(edges().sort()).toEqual(expected);
  const messages = spans.filter(({ kind }) => kind === PRODUCER || kind === CONSUMER);
  expect(new Set(messages.map(({ attributes }) => attributes['messaging.message.conversation_id']))).toEqual(
    new Set([correlationId]),
  );
  expect(messages.every(({ attributes }) => attributes['messaging.system'] === 'kafka')).toBe(true);
  expect(spans.filter(({ name }) => name === 'effect charge')).toHaveLength(1);
  expect(spans.filter(({ name }) => name === 'effect mail')).toHaveLength(1);
  expect(new Set(spans.map(({ service }) => service)).size).toBe(5);
  const [request] = spans.filter(({ kind }) => kind === SERVER);
  expect(request).toMatchObject({ name: 'POST /orders', attributes: { 'http.route': '/orders' } });
});

test('a trace begins with what somebody asked for, and never with a send of the outbox', async () => {
  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  await shop.ended(orderId);
  for (const service of SERVICES.filter((name) => name !== 'notification')) {
    const sends = await eventually(`a send of ${service} is told`, async () => {
      const found = await spansNamed(service, 'send outbox');
      return found.length > 0 && found;
    });
    expect(sends.filter(({ parentSpanId }) => parentSpanId === '')).toEqual([]);
  }
  const requests = await eventually('the order is looked at', async () => {
    const found = await spansNamed('order', 'GET /orders/:orderId');
    return found.length > 0 && found;
  });
  expect(new Set(requests.map(({ attributes }) => attributes['http.route']))).toEqual(
    new Set(['/orders/:orderId']),
  );
});
