/**
 * The price of five services, measured: one process that does the same work on the same tables, one plain
 * transaction per order, without messages, HTTP or a provider. Run as a child of the bench, which tells it
 * over IPC how many orders to do.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICES } from '@order-saga/contracts/system';
import { CONTACT } from '../shop/client.ts';
import pg, { type PoolClient } from 'pg';
import { ROOT } from '../stack/state.ts';

export type Slice = { orders: number; inFlight: number; first: number };
export type SliceDone = { seconds: number; confirmed: number; rejected: number };

const SKUS = 99;
const schemaOf = (service: string) => service.replaceAll('-', '_');

/** Each service's first migration, in a schema of its own. */
async function createTables(pool: pg.Pool): Promise<void> {
  for (const service of SERVICES) {
    const folder = path.join(ROOT, `services/${service}/prisma/migrations`);
    const [first = ''] = readdirSync(folder).sort();
    const sql = readFileSync(path.join(folder, first, 'migration.sql'), 'utf8');
    const schema = pg.escapeIdentifier(schemaOf(service));
    await pool.query(
      `drop schema if exists ${schema} cascade; create schema ${schema}; set search_path = ${schema}; ${sql}; reset search_path`,
    );
  }
  await pool.query(
    `insert into inventory.products select 'SKU-' || lpad(n::text, 4, '0'), 1, 1, 'Product ' || n, 1000, 'EUR', 1000000000, 0, 0 from generate_series(1, ${SKUS}) n`,
  );
}

type Run = (name: string, text: string, values: unknown[]) => Promise<pg.QueryResult>;

async function placeOrder(client: PoolClient, number: number): Promise<boolean> {
  const orderId = randomUUID();
  const sku = `SKU-${String(((number * 7919) % SKUS) + 1).padStart(4, '0')}`;
  const quantity = 1 + (number % 3);
  const declined = number % 20 === 19;
  const status = declined ? 'REJECTED' : 'CONFIRMED';
  const run: Run = (name, text, values) => client.query({ name, text, values });
  await client.query('begin');
  const { rows } = await run('product', 'select name, price_amount from inventory.products where sku = $1', [
    sku,
  ]);
  const total = quantity * Number(rows[0]?.price_amount);
  const lines = JSON.stringify([
    { sku, quantity, name: rows[0]?.name, unitPrice: { amount: 1000, currency: 'EUR' } },
  ]);
  await run('key', `insert into "order".idempotency_keys (key, request_hash, response) values ($1, $2, $3)`, [
    randomUUID(),
    orderId,
    JSON.stringify({ orderId, status: 'PENDING' }),
  ]);
  await run(
    'order',
    `insert into "order".orders values ($1, 1, 2, '{}', $2, null, $3, 'customer', $4, $5, 'EUR', $6, now(), now())`,
    [orderId, status, declined ? null : `pay_${orderId}`, lines, total, randomUUID()],
  );
  await run('placed', `insert into "order".order_events values ($1, 1, $2, 'OrderPlaced', $3, now())`, [
    orderId,
    randomUUID(),
    JSON.stringify({ orderId, lines, total, contact: CONTACT }),
  ]);
  await run(
    'stock',
    'update inventory.products set available = available - $2, sold = sold + $2, version = version + 1 where sku = $1 and available >= $2',
    [sku, declined ? 0 : quantity],
  );
  await run('reservation', `insert into inventory.reservations values ($1, 1, 2, '{}', $2, $3)`, [
    orderId,
    declined ? 'RELEASED' : 'COMMITTED',
    lines,
  ]);
  await run(
    'payment',
    `insert into payment.payments values ($1, 1, 1, '{}', $2, $3, 'EUR', $4, null, null, $5, 0, now())`,
    [
      orderId,
      declined ? 'DECLINED' : 'PROCESSED',
      total,
      declined ? null : `pay_${orderId}`,
      declined ? 0 : 1,
    ],
  );
  await endOrder(run, { orderId, declined, lines });
  await client.query('commit');
  return !declined;
}

/** What the order, its saga and its mail are at the end. */
async function endOrder(
  run: Run,
  order: { orderId: string; declined: boolean; lines: string },
): Promise<void> {
  const { orderId, declined, lines } = order;
  await run('ended', `insert into "order".order_events values ($1, 2, $2, $3, $4, now())`, [
    orderId,
    randomUUID(),
    declined ? 'OrderRejected' : 'OrderConfirmed',
    JSON.stringify({ orderId }),
  ]);
  await run(
    'saga',
    `insert into saga_orchestrator.sagas values ($1, 1, 6, $2, 'place-order', 1, $3, $4, $5, '{}', null, null, null, '[]', now(), now())`,
    [
      orderId,
      randomUUID(),
      declined ? 'compensated' : 'completed',
      JSON.stringify({ orderId, lines }),
      randomUUID(),
    ],
  );
  await run(
    'recipient',
    `insert into notification.recipients values ($1, 1, 1, $2, $3, '["order-confirmed"]')`,
    [orderId, CONTACT.email, CONTACT.name],
  );
  await run('notified', `insert into notification.notifications values ($1, $2, $3, now())`, [
    orderId,
    declined ? 'order-rejected' : 'order-confirmed',
    CONTACT.email,
  ]);
}

async function doSlice(pool: pg.Pool, { orders, inFlight, first }: Slice): Promise<SliceDone> {
  const began = performance.now();
  let left = orders;
  let confirmed = 0;
  // As many transactions at once as the pool has connections; the rest of what is in flight waits for one.
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let number = left--; number > 0; number = left--) {
        const client = await pool.connect();
        try {
          if (await placeOrder(client, first + number)) confirmed++;
        } finally {
          client.release();
        }
      }
    }),
  );
  return { seconds: (performance.now() - began) / 1000, confirmed, rejected: orders - confirmed };
}

const pool = new pg.Pool({
  connectionString: process.argv[2],
  max: 10,
  options: '-c enable_seqscan=off -c plan_cache_mode=force_generic_plan',
});
await createTables(pool);
process.on('message', (slice: Slice) => {
  void doSlice(pool, slice).then((done) => process.send?.(done));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
