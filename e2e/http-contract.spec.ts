/** The answers that the contract promises: idempotency, bad input, lists, history. */
import { randomUUID } from 'node:crypto';
import { SERVICES, SYSTEM } from '@order-saga/contracts/system';
import { topicsReadBy } from '@sagakit/kafka/admin/offsets';
import { kafkaOf } from '../tools/stack/state.ts';
import {
  CONTACT,
  call,
  eventually,
  expect,
  jsonBody,
  orderBody,
  shop,
  someSku,
  stack,
  test,
} from './support/story.ts';

type Problem = {
  status: number;
  title: string;
  detail: string;
  errors?: { field: string; message: string }[];
};
const fieldsOf = ({ errors }: Problem) => (errors ?? []).map(({ field }) => field);

test.describe('Idempotency-Key', () => {
  test('the same key with the same body gets the same answer, one after the other and all at once', async () => {
    const key = randomUUID();
    const body = orderBody([{ sku: someSku(), quantity: 1 }]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.place(body, key)));
    answers.push(await shop.place(body, key));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    const { orderId } = answers[0]!.body;
    await shop.ended(orderId);
    expect((await shop.place(body, key)).body).toEqual(answers[0]!.body);
    expect(await shop.ledger(orderId)).toHaveLength(1);
  });
  test('the same key with another body is refused with 422', async () => {
    const key = randomUUID();
    const sku = someSku();
    expect((await shop.place(orderBody([{ sku, quantity: 1 }]), key)).status).toBe(202);
    const answer = await shop.place(orderBody([{ sku, quantity: 2 }]), key);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer.body as unknown as Problem)).toEqual(['idempotency-key']);
  });
  test('is required, and at most 255 characters long', async () => {
    const body = orderBody([{ sku: someSku(), quantity: 1 }]);
    const without = await call<Problem>(`${shop.urls.order}/orders`, jsonBody(body));
    expect(without.status).toBe(400);
    expect(without.headers.get('content-type')).toContain('application/problem+json');
    expect(fieldsOf(without.body)).toEqual(['idempotency-key']);
    expect((await shop.place(body, randomUUID().padEnd(255, 'x'))).status).toBe(202);
    expect((await shop.place(body, randomUUID().padEnd(256, 'x'))).status).toBe(400);
  });
});

test.describe('a body that does not fit', () => {
  const good = () => orderBody([{ sku: someSku(), quantity: 1 }]) as unknown as Record<string, unknown>;
  const cases: [string, () => unknown, string][] = [
    ['an unknown SKU', () => ({ ...good(), lines: [{ sku: 'SKU-9999', quantity: 1 }] }), 'lines.0.sku'],
    ['a SKU that is none', () => ({ ...good(), lines: [{ sku: '../etc', quantity: 1 }] }), 'lines.0.sku'],
    ['quantity 0', () => ({ ...good(), lines: [{ sku: someSku(), quantity: 0 }] }), 'lines.0.quantity'],
    ['quantity 1001', () => ({ ...good(), lines: [{ sku: someSku(), quantity: 1001 }] }), 'lines.0.quantity'],
    ['half a piece', () => ({ ...good(), lines: [{ sku: someSku(), quantity: 0.5 }] }), 'lines.0.quantity'],
    ['no lines', () => ({ ...good(), lines: [] }), 'lines'],
    [
      '101 lines',
      () => ({ ...good(), lines: Array.from({ length: 101 }, () => ({ sku: 'SKU-0001', quantity: 1 })) }),
      'lines',
    ],
    ['no customer', () => ({ ...good(), customerId: undefined }), 'customerId'],
    ['a customer with a control character', () => ({ ...good(), customerId: 'a\u0000b' }), 'customerId'],
    ['a customer of 201 characters', () => ({ ...good(), customerId: 'x'.repeat(201) }), 'customerId'],
    ['no token', () => ({ ...good(), payment: {} }), 'payment.token'],
    [
      'an e-mail address that is none',
      () => ({ ...good(), contact: { ...CONTACT, email: 'ada' } }),
      'contact.email',
    ],
    [
      'no country',
      () => ({ ...good(), contact: { ...CONTACT, address: { ...CONTACT.address, country: '' } } }),
      'contact.address.country',
    ],
    [
      'a price of its own',
      () => ({ ...good(), lines: [{ sku: 'SKU-0001', quantity: 1, unitPrice: 1 }] }),
      'lines.0.unitPrice',
    ],
    ['an array', () => [], 'body'],
    ['a number', () => 'NUMBER', 'body'],
  ];
  for (const [name, body, field] of cases) {
    test(`${name}: refused, and the field is named`, async () => {
      const text = body() === 'NUMBER' ? '5' : JSON.stringify(body());
      const answer = await call<Problem>(`${shop.urls.order}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: text,
      });
      expect([400, 422]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(fieldsOf(answer.body)).toContain(field);
    });
  }

  test('nothing that can be sent gets a 5xx', async () => {
    const bodies: [string, string | Uint8Array<ArrayBuffer>, Record<string, string>?][] = [
      ['nothing', ''],
      ['half a JSON', '{"customerId":'],
      ['no UTF-8', new Uint8Array([0xff, 0xfe, 0x00, 0x80])],
      ['another character set', '{}', { 'content-type': 'application/json; charset=utf-7' }],
      ['another encoding', '{}', { 'content-encoding': 'br' }],
      ['deep nesting', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
      ['a prototype', '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'],
      ['XML', '<order/>', { 'content-type': 'application/xml' }],
      ['a lone surrogate', JSON.stringify({ ...good(), customerId: 'x' }).replace('"x"', '"\\ud800"')],
      ['huge numbers', '{"lines":[{"sku":"SKU-0001","quantity":1e400}]}'],
    ];
    for (const [name, body, headers] of bodies) {
      const answer = await call<Problem>(`${shop.urls.order}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
        body,
      });
      expect(answer.status, name).toBeGreaterThanOrEqual(400);
      expect(answer.status, name).toBeLessThan(500);
      expect(answer.headers.get('content-type'), name).toContain('application/problem+json');
    }
  });
  test('over 64 KiB: 413', async () => {
    const answer = await shop.place({
      ...orderBody([{ sku: someSku(), quantity: 1 }]),
      customerId: 'x'.repeat(70_000),
    });
    expect(answer.status).toBe(413);
  });
});

test.describe('reading', () => {
  test('an order that does not exist: 404', async () => {
    for (const id of ['01900000-0000-7000-8000-000000000000', 'nonsense', '%00', "'; drop table orders"]) {
      const answer = await call(`${shop.urls.order}/orders/${encodeURIComponent(id)}`);
      expect(answer.status, id).toBe(404);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
  });
  test('orders of a customer come in pages, newest first', async () => {
    const customer = `customer-${randomUUID()}`;
    const placed: string[] = [];
    for (let n = 0; n < 5; n++)
      placed.unshift(
        (await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }], 'tok_visa', customer))).orderId,
      );
    await Promise.all(placed.map((orderId) => shop.ended(orderId)));
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await call<{ items: { orderId: string }[]; nextCursor?: string }>(
        `${shop.urls.order}/orders?customerId=${customer}&status=CONFIRMED&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.items.map(({ orderId }) => orderId));
      cursor = page.body.nextCursor ?? '';
    } while (cursor && seen.length <= placed.length);
    expect(seen).toEqual(placed);
  });
  test('a bad filter or cursor: 400, and it is named', async () => {
    for (const [query, field] of [
      ['status=WHATEVER', 'status'],
      ['limit=0', 'limit'],
      ['limit=x', 'limit'],
      ['cursor=nonsense', 'cursor'],
      ['customerId=%00', 'customerId'],
    ] as const) {
      const answer = await call<Problem>(`${shop.urls.order}/orders?${query}`);
      expect(answer.status, query).toBe(400);
      expect(fieldsOf(answer.body), query).toEqual([field]);
    }
  });
  test("an order's history, and the order as it was", async () => {
    const beforePlacing = new Date(Date.now() - 60_000).toISOString();
    const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
    const order = await shop.ended(orderId);
    const { items } = (
      await call<{ items: { sequence: number; type: string; time: string; data: object }[] }>(
        `${shop.urls.order}/orders/${orderId}/events`,
      )
    ).body;
    expect(items.map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'OrderPlaced'],
      [2, 'OrderConfirmed'],
    ]);
    expect(JSON.stringify(items)).not.toMatch(/tok_visa|ada@example/);
    const asOf = (time: string) =>
      call<{ status: unknown; version: number }>(
        `${shop.urls.order}/orders/${orderId}?asOf=${encodeURIComponent(time)}`,
      );
    expect((await asOf(items[0]!.time)).body).toMatchObject({ status: 'PENDING', version: 1 });
    expect((await asOf(items[1]!.time)).body).toMatchObject({ status: 'CONFIRMED', version: 2 });
    expect((await asOf('2100-01-01T00:00:00Z')).body).toMatchObject({
      status: 'CONFIRMED',
      total: order.total,
    });
    expect((await asOf(beforePlacing)).status).toBe(404);
    expect((await asOf('yesterday')).status).toBe(400);
  });
});

test.describe('stock', () => {
  test('is adjusted, and never below zero', async () => {
    const sku = someSku();
    const before = await shop.stock(sku);
    expect((await shop.adjust(sku, 5)).body.available).toBe(before.available + 5);
    expect((await shop.adjust(sku, -5)).body.available).toBe(before.available);
    const refused = await shop.adjust(sku, -before.available - 1);
    expect(refused.status).toBe(before.available + 1 > 1_000_000 ? 422 : 409);
    expect((await shop.stock(sku)).available).toBe(before.available);
    for (const quantity of [0, 1.5, 1_000_001, '1'])
      expect((await shop.adjust(sku, quantity as number)).status).toBe(422);
    expect((await shop.adjust('SKU-9999', 1)).status).toBe(404);
  });
  test('a new price holds for new orders once the order service has heard of it', async () => {
    const sku = someSku();
    const { price } = await shop.stock(sku);
    const dearer = { ...price, amount: price.amount + 111 };
    const put = await call(`${shop.urls.inventory}/stock/${sku}/price`, {
      ...jsonBody(dearer),
      method: 'PUT',
    });
    expect(put.status).toBe(200);
    await eventually('new orders get the new price', async () => {
      const { body } = await shop.place(orderBody([{ sku, quantity: 1 }]));
      return body.total.amount === dearer.amount;
    });
    const yen = await call<Problem>(`${shop.urls.inventory}/stock/${sku}/price`, {
      ...jsonBody({ amount: 5, currency: 'JPY' }),
      method: 'PUT',
    });
    expect(yen.status).toBe(422);
    expect(fieldsOf(yen.body)).toEqual(['currency']);
  });
  test('lists a hundred products', async () => expect(await shop.allStock()).toHaveLength(100));
});

test('every service tells its health, its metrics and its interface', async () => {
  for (const url of SERVICES.map((service) => shop.urls[service])) {
    expect((await call(`${url}/health/live`)).status).toBe(200);
    await eventually(`${url} is ready, and heard from Kafka just now`, async () => {
      const { body } = await call<{ status: string; kafka: string }>(`${url}/health/ready`);
      return body.status === 'ready' && body.kafka === 'joined';
    });
    expect((await call(`${url}/metrics`)).body).toContain('order_saga_messages_handled_total');
    expect((await call<{ openapi: string }>(`${url}/openapi.json`)).body.openapi).toBe('3.1.0');
    expect((await call<{ items: unknown[] }>(`${url}/dead-letters`)).status).toBe(200);
    expect((await call(`${url}/nothing-here`)).status).toBe(404);
  }
});

test('every service reads the topics that contracts/src/system.ts says, and no other', async () => {
  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  await shop.sagaEnded(orderId);
  const connection = kafkaOf(stack(), 'test');
  for (const service of SERVICES) {
    const expected = [...SYSTEM[service].reads].sort();
    const read = async () => (await topicsReadBy(connection, service)).sort();
    await eventually(
      `${service} has read something of each`,
      async () => (await read()).length >= expected.length,
    );
    expect(await read()).toEqual(expected);
  }
});
