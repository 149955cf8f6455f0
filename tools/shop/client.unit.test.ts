/** What is answered instead of a view is never taken for one. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { SERVICES } from '@order-saga/contracts/system';
import { orderBody, shopAt, type Urls } from './client.ts';

type Reply = [status: number, body: object];
const BUSY: Reply = [503, { status: 503, title: 'Service Unavailable' }];
const BODY = orderBody([{ sku: 'SKU-0001', quantity: 1 }]);

/** Answers in turn, the last one for ever. */
async function shopThatAnswers(t: TestContext, ...replies: Reply[]) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const [status, body] = replies[Math.min(asked.push(request), replies.length) - 1] as Reply;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urls = Object.fromEntries([...SERVICES, 'psp'].map((name) => [name, url])) as Urls;
  return { shop: shopAt(urls), asked };
}

for (const [status, title] of [
  [401, 'Unauthorized'],
  [404, 'Not Found'],
  [503, 'Service Unavailable'],
] as const)
  test(`an order has not ended because its look was answered ${status}`, async (t) => {
    const confirmed = { orderId: 'one', status: 'CONFIRMED' };
    const { shop, asked } = await shopThatAnswers(t, [status, { status, title }], [200, confirmed]);
    assert.deepEqual(await shop.ended('one'), confirmed);
    assert.equal(asked.length, 2);
  });

test('whoever looks and is shown nothing is told what was answered', async (t) => {
  const { shop } = await shopThatAnswers(t, BUSY);
  for (const look of [
    () => shop.order('one'),
    () => shop.saga('one'),
    () => shop.stock('SKU-0001'),
    () => shop.allStock(),
    () => shop.payment('one'),
    () => shop.notifications('one'),
    () => shop.ledger(),
    () => shop.setFaults({}),
  ])
    await assert.rejects(look(), /was answered 503: .*Service Unavailable/);
});

test('who orders asks again, for the same, where the shop is busy', async (t) => {
  const { shop, asked } = await shopThatAnswers(t, BUSY, [202, { orderId: 'one' }]);
  assert.deepEqual(await shop.placed(BODY), { orderId: 'one' });
  const keys = asked.map(({ headers }) => headers['idempotency-key']);
  assert.equal(keys.length, 2);
  assert.equal(keys[1], keys[0]);
});

test('who orders does not ask again where it is refused', async (t) => {
  const { shop, asked } = await shopThatAnswers(t, [422, { title: 'Unprocessable Content' }]);
  await assert.rejects(shop.placed(BODY), /was answered 422: .*Unprocessable/);
  assert.equal(asked.length, 1);
});
