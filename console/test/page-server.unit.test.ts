import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { Placed, type OrderToPlace } from '../src/api.ts';
import { servePage } from './page/server.ts';
import { BEGAN, CONTACT } from './records.ts';

test('a browser that leaves in the middle of what it sends or reads ends nobody else’s page', async () => {
  const page = await servePage();
  try {
    for (const sent of ['{"lines":', '']) {
      const browser = net.connect(Number(new URL(page.url).port), '127.0.0.1');
      await once(browser, 'connect');
      const head = ['POST /api/shop/orders HTTP/1.1', 'host: localhost', 'content-length: 100', '', sent];
      browser.write(head.join('\r\n'));
      // Once its head has been read, and its body is waited for.
      await fetch(`${page.url}/api/config`);
      browser.resetAndDestroy();
      await once(browser, 'close');
    }
    assert.equal((await fetch(`${page.url}/api/config`)).status, 200);
  } finally {
    await page.close();
  }
});

test('a story that is told further always has what it was told with its answer', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: BEGAN + 60_000 });
  const page = await servePage();
  try {
    t.mock.timers.tick(59);
    const order: OrderToPlace = {
      customerId: 'customer-1',
      lines: [{ sku: 'KEYBOARD-01', quantity: 1 }],
      payment: { token: 'tok_visa' },
      contact: CONTACT,
    };
    const placed = await fetch(`${page.url}/api/shop/orders`, {
      method: 'POST',
      headers: { 'idempotency-key': 'told-further' },
      body: JSON.stringify(order),
    });
    const { correlationId } = Placed.parse(await placed.json());
    // The next look at the time comes before Kafka's time of the first record.
    t.mock.timers.tick(1);
    const story = await fetch(`${page.url}/api/stories/${correlationId}`);
    assert.equal(story.status, 200);
  } finally {
    await page.close();
  }
});
