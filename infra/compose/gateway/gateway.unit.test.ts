import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { SAFE_HEADERS as EVERYWHERE } from '@sagakit/resilience/safe-headers';
import { eventually } from '@sagakit/testing/eventually';
import { type Door, openDoor } from './door.mts';
import { forward } from './forward.mts';
import { createMetrics } from './metrics.mts';
import { ownServer } from './own.mts';
import { asLast } from './pipe.mts';
import { SAFE_HEADERS } from './safe-headers.mts';

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
  it('says to browsers what the services say', () => assert.deepEqual(SAFE_HEADERS, EVERYWHERE));

  it('passes on to a replica that takes the connection, past those that do not', async () => {
    const port = await listening(
      http.createServer((_request, response) => response.end('{"from":"replica"}')),
    );
    const metrics = createMetrics();
    const way = forward(async () => ['127.0.0.2', '127.0.0.1'], metrics.told('payment'), port);
    const door = await listening(net.createServer(way));
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
      const door = await listening(net.createServer(way));
      const { status, headers, body } = await post(door);
      assert.equal(status, 503);
      assert.equal(headers.get('retry-after'), '1');
      for (const [name, value] of Object.entries(SAFE_HEADERS)) assert.equal(headers.get(name), value);
      assert.equal(headers.get('content-type'), 'application/problem+json');
      assert.equal((body as { status: number }).status, 503);
    }
    assert.match(metrics.text(), /^order_saga_gateway_refused_total\{service="order"\} 2$/m);
    assert.match(metrics.text(), /^order_saga_gateway_refused_total\{service="payment"\} 0$/m);
  });
});

/** A door before a service that answers as it is told to. */
async function doorTo(service: http.RequestListener): Promise<Door> {
  const port = await listening(http.createServer({ keepAliveTimeout: 65_000 }, service));
  const way = forward(async () => ['127.0.0.1'], createMetrics().told('order'), port);
  const door = await openDoor(way, { host: '127.0.0.1', port: 0 });
  after(() => door.close(0));
  return door;
}

/**
 * Each answer's body and whether it was said to be the last on its connection; an error's code if there is
 * none.
 */
function ask(port: number, agent: http.Agent): Promise<{ body: string; last: boolean } | { error: string }> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, agent }, (response) => {
      let body = '';
      const last = response.headers.connection === 'close';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response
        .once('end', () => resolve({ body, last }))
        .once('error', ({ message }) => resolve({ error: message }));
    });
    request.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve({ error: code ?? message }));
  });
}

const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const LONG_MS = 20_000;

describe('a door that is closed', () => {
  it('lets a question under way be answered, and takes nobody new', async () => {
    const held: http.ServerResponse[] = [];
    const door = await doorTo((_request, response) => void held.push(response));
    const agent = new http.Agent({ keepAlive: true });
    const answer = ask(door.port, agent);
    await eventually('the service was asked', () => held.length === 1);
    let gone = false;
    const closed = door.close(LONG_MS).then(() => (gone = true));
    await eventually('nobody is taken', async () => !(await isOpen(door.port)));
    // Longer than a connection may be quiet on which nobody waits.
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(gone, false);
    held[0]?.end('answered');
    assert.deepEqual(await answer, { body: 'answered', last: false });
    await closed;
  });

  it('cuts nobody of twenty who ask without a pause: an answer says that it is the last', async () => {
    const door = await doorTo((_request, response) => response.end('answered'));
    const agent = new http.Agent({ keepAlive: true });
    const ends: unknown[] = [];
    let answered = 0;
    const clients = Array.from({ length: 20 }, async () => {
      for (let saidLast = false; ;) {
        const answer = await ask(door.port, agent);
        if ('error' in answer) return ends.push({ saidLast, error: answer.error });
        answered++;
        saidLast = answer.last;
      }
    });
    await eventually('all are served', () => answered > 200);
    const began = performance.now();
    await door.close(LONG_MS);
    assert.ok(performance.now() - began < LONG_MS / 2, 'it need not be cut');
    await Promise.all(clients);
    assert.deepEqual(ends, Array(20).fill({ saidLast: true, error: 'ECONNREFUSED' }));
  });

  it('closes what is quiet, also when nothing was ever asked there', async () => {
    const door = await doorTo((_request, response) => response.end('answered'));
    const silent = net.connect(door.port, '127.0.0.1');
    await once(silent, 'connect');
    const agent = new http.Agent({ keepAlive: true });
    assert.deepEqual(await ask(door.port, agent), { body: 'answered', last: false });
    const ended = once(silent.resume(), 'close');
    const began = performance.now();
    await door.close(LONG_MS);
    await ended;
    assert.ok(performance.now() - began < LONG_MS / 2);
  });

  it('waits for a body that is still coming, and does not take it for a new request', async () => {
    const body = 'GET /x HTTP/1.1\r\n';
    const door = await doorTo(
      (request, response) => void request.setEncoding('utf8').on('data', (text) => response.end(text)),
    );
    const socket = net.connect(door.port, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    await eventually('it may go on', () => said.includes('100 Continue'));
    const ended = once(socket, 'close');
    const closed = door.close(LONG_MS);
    await eventually('nobody is taken', async () => !(await isOpen(door.port)));
    await new Promise((resolve) => setTimeout(resolve, 700));
    socket.write(body);
    await eventually('it is answered', () => said.includes('200 OK'));
    assert.ok(said.endsWith(`${body}\r\n0\r\n\r\n`) || said.endsWith(body), said);
    await Promise.all([closed, ended]);
  });

  for (const connection of ['close', 'keep-alive'])
    it(`gives a slow reader the whole answer (connection: ${connection})`, async () => {
      const size = 8_000_000;
      const door = await doorTo((_request, response) => response.end(Buffer.alloc(size, 'x')));
      const socket = net.connect(door.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`GET / HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\n\r\n`);
      await once(socket, 'readable');
      const closed = door.close(LONG_MS);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      let bytes = 0;
      socket.on('data', (chunk) => (bytes += chunk.length));
      await once(socket, 'close');
      assert.ok(bytes > size, `${bytes} of ${size} bytes`);
      await closed;
    });

  it('cuts who does not end in time', async () => {
    const door = await doorTo(() => {});
    const answer = ask(door.port, new http.Agent());
    await eventually('it is on its way', async () => {
      await door.close(300);
      return true;
    });
    assert.ok('error' in (await answer));
  });
});

describe('the head of a request', () => {
  it('asks for the connection to be closed, and nothing else is touched', () => {
    const changed = (text: string) => asLast(Buffer.from(text)).toString();
    assert.equal(
      changed('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
      'GET / HTTP/1.1\r\nconnection: close\r\nhost: x\r\n\r\n',
    );
    assert.equal(changed('GET / HTTP/1.0\r\n\r\n'), 'GET / HTTP/1.0\r\nconnection: close\r\n\r\n');
    for (const text of ['{"a":1}', '\r\n', 'GET / HT', 'GET / HTTP/9.9\r\n\r\n', ''])
      assert.equal(changed(text), text);
  });
});

describe("the gateway's own port", () => {
  const raw = (port: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let said = '';
      const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      socket.once('end', () => resolve(said)).once('error', reject);
    });

  it('says why it refuses what it cannot read', async () => {
    const port = await listening(ownServer(() => '', () => false)); // prettier-ignore
    const requests = {
      400: 'nonsense\r\n\r\n',
      431: `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    };
    for (const [status, text] of Object.entries(requests)) {
      const [head = '', body = ''] = (await raw(port, text)).split('\r\n\r\n');
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
      assert.equal((JSON.parse(body) as { status: number }).status, Number(status));
    }
  });

  it('is not ready while it stops, and lives', async () => {
    let leaving = false;
    const port = await listening(ownServer(() => 'figures', () => leaving)); // prettier-ignore
    const see = async (path: string) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).status;
    assert.deepEqual(
      [await see('/health/ready'), await see('/health/live'), await see('/else')],
      [200, 200, 404],
    );
    leaving = true;
    assert.deepEqual(
      [await see('/health/ready'), await see('/health/live'), await see('/metrics')],
      [503, 200, 200],
    );
  });
});
