// The way into the containers: forwards the documented ports to the services. A service's name stands for all
// its replicas, and each connection goes to the next one, so that `docker compose up --scale payment=3` needs
// no port per replica. Says once when orders can be placed, and how.
import { resolve4 } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { openDoor } from './door.mts';
import { forward } from './forward.mts';
import { createMetrics } from './metrics.mts';
import { whyNoOrders } from './orders.mts';
import { ownServer } from './own.mts';
import { NAMES, SERVICE_PORT, SERVICES } from './services.mts';

const SHUTDOWN_DELAY_MS = Number(process.env['SHUTDOWN_DELAY_MS'] || 0);
/** With that, within the grace that docker-compose.yml gives. */
const FINISH_WITHIN_MS = 15_000;

/** Where a port of ours is published (docker-compose.yml). */
const at = (variable: string, usual: number) => `http://127.0.0.1:${process.env[variable] || usual}`;

const isOpen = process.env['AUTH'] === 'off';
const OPEN =
  '\x1b[31mAUTH=off: whoever reaches a port of this stack may do everything, under any name.\x1b[39m\n';
/** What a shell puts there is a token; none where none is asked for. */
const as = (who: string) =>
  isOpen ? '' : ` -H "authorization: Bearer $(npm run -s token -- --compose ${who})"`;

function greet(): void {
  const order = at('ORDER_PORT', SERVICES.order);
  console.log(`
${isOpen ? OPEN : ''}Orders can be placed, and seen: ${at('CONSOLE_PORT', 4000)}
The order API: ${order}/openapi.json   their traces: ${at('JAEGER_PORT', 16686)}   mails: ${at('MAIL_PORT', 8025)}
  curl -i ${order}/orders${as('--as customer-1')} -H 'content-type: application/json' -H "idempotency-key: $(date +%s)" -d '${JSON.stringify(
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
How it went, its saga, the stock:
  curl${as('--operator')} ${order}/orders
  curl${as('--operator')} ${at('SAGA_ORCHESTRATOR_PORT', 4005)}/sagas
  curl ${at('INVENTORY_PORT', 4003)}/stock
The same as a story: npm run demo -- --compose   what the payment provider booked: ${at('PSP_PORT', 4010)}/ledger
`);
}

const metrics = createMetrics();
const stopping = new AbortController();
/** Who asks twice is in a hurry. */
const atOnce = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => (stopping.signal.aborted ? atOnce : stopping).abort());

ownServer(metrics.text, () => stopping.signal.aborted).listen(SERVICE_PORT, '0.0.0.0');
const doors = await Promise.all(
  NAMES.map((service) =>
    openDoor(
      forward(() => resolve4(service), metrics.told(service)),
      { host: '0.0.0.0', port: SERVICES[service] },
    ),
  ),
);

/** As a service: not ready any more, serves on, takes no more, finishes what is asked; and ends well. */
async function stop(): Promise<void> {
  await delay(SHUTDOWN_DELAY_MS, undefined, { signal: atOnce.signal }).catch(() => {});
  await Promise.all(doors.map((door) => door.close(FINISH_WITHIN_MS)));
  process.exit(0);
}
if (stopping.signal.aborted) await stop();
else stopping.signal.addEventListener('abort', () => void stop());

while ((await whyNoOrders()) !== undefined) await delay(300);
if (!stopping.signal.aborted) greet();
