import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { forward } from './forward.mts';
import { createMetrics } from './metrics.mts';

const listening = async (server: net.Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => void server.close());
  return (server.address() as net.AddressInfo).port;
};

const post = async (port: number) => {
  const response = await fetch(`http://127.0.0.1:${port}/orders`, {
    method: 'POST',
    headers: { connection: 'close' },
    body: 'x'.repeat(60_000),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
};

describe('the gateway', () => {
  it('passes on to a replica that takes the connection, past those that do not', async () => {
    const port = await listening(http.createServer((_request, response) => response.end('{"from":"replica"}')));
    const metrics = createMetrics();
    const way = forward(async () => ['127.0.0.2', '127.0.0.1'], metrics.told('payment'), port);
    const door = await listening(net.createServer((client) => void way(client)));
    for (let n = 0; n < 4; n++) assert.deepEqual((await post(door)).body, { from: 'replica' });
    assert.match(metrics.text(), /^order_saga_gateway_connections_total\{service="payment"\} 4$/m);
    assert.match(metrics.text(), /^order_saga_gateway_refused_total\{service="payment"\} 0$/m);
  });

  it('answers 503 where nobody takes it, and counts what no service can count', async () => {
    const gone = net.createServer();
    const port = await listening(gone);
    await new Promise((resolve) => gone.close(resolve));
    const metrics = createMetrics();
    const ways = [
      forward(async () => ['127.0.0.1'], metrics.told('order'), port),
      forward(() => Promise.reject(new Error('ENOTFOUND')), metrics.told('order')),
    ];
    for (const way of ways) {
      const door = await listening(net.createServer((client) => void way(client)));
      const { status, headers, body } = await post(door);
      assert.equal(status, 503);
      assert.equal(headers.get('retry-after'), '1');
      assert.equal(headers.get('content-type'), 'application/problem+json');
      assert.equal((body as { status: number }).status, 503);
    }
    assert.match(metrics.text(), /^order_saga_gateway_refused_total\{service="order"\} 2$/m);
    assert.match(metrics.text(), /^order_saga_gateway_refused_total\{service="payment"\} 0$/m);
  });
});
