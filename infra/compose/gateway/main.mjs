// The way into the containers: forwards the documented ports to the services. A service's name stands for all its replicas, and each
// connection goes to the next one, so that `docker compose up --scale payment=3` needs no port per replica. Says once when orders can
// be placed, and how.
import { resolve4 } from 'node:dns/promises';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const SERVICES = { order: 4001, payment: 4002, inventory: 4003, notification: 4004, 'saga-orchestrator': 4005 };
const SERVICE_PORT = 8080;
const CONNECT_WITHIN_MS = 3_000;

const AWAY = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'The service is away for the moment.',
});
const AWAY_ANSWER = [
  'HTTP/1.1 503 Service Unavailable',
  'content-type: application/problem+json',
  `content-length: ${Buffer.byteLength(AWAY)}`,
  'retry-after: 1',
  'connection: close',
  '',
  AWAY,
].join('\r\n');

let turn = 0;

/** A connection to the next replica that takes one. */
async function connect(service) {
  const replicas = await resolve4(service);
  const first = turn++;
  for (let at = 0; at < replicas.length; at++) {
    const socket = net.connect({ host: replicas[(first + at) % replicas.length], port: SERVICE_PORT, noDelay: true });
    const connected = new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.setTimeout(CONNECT_WITHIN_MS, () => reject(new Error('no answer')));
    });
    try {
      await connected;
      socket.setTimeout(0);
      return socket;
    } catch {
      socket.destroy();
    }
  }
  throw new Error(`no replica of ${service} answers`);
}

function forward(service) {
  return async (client) => {
    client.on('error', () => {});
    client.setNoDelay(true);
    try {
      const upstream = await connect(service);
      const end = () => {
        client.destroy();
        upstream.destroy();
      };
      upstream.on('error', end).on('close', end);
      client.on('error', end).on('close', end);
      client.pipe(upstream).pipe(client);
      if (client.destroyed) end();
    } catch {
      client.end(AWAY_ANSWER);
    }
  };
}

async function json(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return response.json();
}

/** Every replica reads its topics, and the order service knows what the inventory sells. */
export async function ordersCanBePlaced() {
  for (const service of Object.keys(SERVICES)) {
    for (const address of await resolve4(service)) {
      const { kafka } = await json(`http://${address}:${SERVICE_PORT}/health/ready`);
      if (kafka !== 'joined') return false;
    }
  }
  const { items } = await json(`http://inventory:${SERVICE_PORT}/stock?limit=500`);
  const { products } = await json(`http://order:${SERVICE_PORT}/health/ready`);
  return items.length > 0 && products >= items.length;
}

function greet() {
  console.log(`
Orders can be placed. The order API: http://127.0.0.1:4001/openapi.json   their traces: http://127.0.0.1:16686   mails: http://127.0.0.1:8025
  curl -i http://127.0.0.1:4001/orders -H 'content-type: application/json' -H "idempotency-key: $(date +%s)" -d '${JSON.stringify(
    {
      customerId: 'customer-1',
      lines: [{ sku: 'SKU-0001', quantity: 2 }],
      payment: { token: 'tok_visa' },
      contact: {
        email: 'ada@example.com',
        name: 'Ada',
        address: { street: 'Main Street 1', city: 'London', postalCode: 'N1', country: 'GB' },
      },
    },
  )}'
How it went: http://127.0.0.1:4001/orders   its saga: http://127.0.0.1:4005/sagas   stock: http://127.0.0.1:4003/stock
The same as a story: npm run demo -- --compose   what the payment provider booked: http://127.0.0.1:4010/ledger
`);
}

if (process.argv[1] === import.meta.filename) {
  for (const [service, port] of Object.entries(SERVICES)) net.createServer(forward(service)).listen(port, '0.0.0.0');
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
  while (!(await ordersCanBePlaced().catch(() => false))) await delay(300);
  greet();
}
