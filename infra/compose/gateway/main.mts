// The way into the containers: forwards the documented ports to the services. A service's name stands for all its replicas, and each
// connection goes to the next one, so that `docker compose up --scale payment=3` needs no port per replica. Says once when orders can
// be placed, and how.
import { resolve4 } from 'node:dns/promises';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { forward } from './forward.mts';
import { createMetrics } from './metrics.mts';
import { whyNoOrders } from './orders.mts';
import { NAMES, SERVICE_PORT, SERVICES } from './services.mts';

/** Where a port of ours is published (docker-compose.yml). */
const at = (variable: string, usual: number) => `http://127.0.0.1:${process.env[variable] || usual}`;

function greet(): void {
  const order = at('ORDER_PORT', SERVICES.order);
  console.log(`
Orders can be placed. The order API: ${order}/openapi.json   their traces: ${at('JAEGER_PORT', 16686)}   mails: ${at('MAIL_PORT', 8025)}
  curl -i ${order}/orders -H 'content-type: application/json' -H "idempotency-key: $(date +%s)" -d '${JSON.stringify({
    customerId: 'customer-1',
    lines: [{ sku: 'SKU-0001', quantity: 2 }],
    payment: { token: 'tok_visa' },
    contact: {
      email: 'ada@example.com',
      name: 'Ada',
      address: { street: 'Main Street 1', city: 'London', postalCode: 'N1', country: 'GB' },
    },
  })}'
How it went: ${order}/orders   its saga: ${at('SAGA_ORCHESTRATOR_PORT', 4005)}/sagas   stock: ${at('INVENTORY_PORT', 4003)}/stock
The same as a story: npm run demo -- --compose   what the payment provider booked: ${at('PSP_PORT', 4010)}/ledger
`);
}

const metrics = createMetrics();
for (const service of NAMES) {
  const server = net.createServer((client) => void forward(() => resolve4(service), metrics.told(service))(client));
  server.listen({ port: SERVICES[service], host: '0.0.0.0', backlog: 4_096 });
}
http
  .createServer((request, response) => {
    const known = request.url === '/metrics' || request.url === '/health/live';
    response.writeHead(known ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(request.url === '/metrics' ? metrics.text() : '');
  })
  .listen(SERVICE_PORT, '0.0.0.0');
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
while ((await whyNoOrders()) !== undefined) await delay(300);
greet();
