import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OrderBody, orderBody, type Shop } from './client.ts';
import { steadyLoad } from './steady-load.ts';

test('a request that is repeated is the same one: its key and its body', async () => {
  const requests: { body: OrderBody; key: string | undefined }[] = [];
  const place: Shop['place'] = async (body, key) => {
    requests.push({ body, key });
    const status = requests.length === 1 ? 503 : 202;
    return { status, headers: new Headers(), body: { orderId: 'an-order' } as never };
  };
  let bodies = 0;
  const load = steadyLoad({ place, order: async () => ({}) } as unknown as Shop, {
    everyMs: 1,
    patienceMs: 10_000,
    body: () => orderBody([{ sku: `SKU-${bodies++}`, quantity: 1 }]),
  });
  const { accepted } = await load.stop();
  assert.deepEqual(accepted, [{ orderId: 'an-order', number: 0, repeated: 1 }]);
  assert.equal(requests.length, 2);
  assert.deepEqual(requests[1], requests[0]);
});
