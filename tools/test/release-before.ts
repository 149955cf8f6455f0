/**
 * What the release before left behind, on a real PostgreSQL and a real Kafka: one role per database, which
 * owns all in it, tables by the migrations of then, a Kafka without users and without a topic for contacts,
 * and an order whose OrderPlaced says whom it is for.
 */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { catalogue } from '@order-saga/contracts/catalogue';
import { OrderPlaced } from '@order-saga/contracts/order';
import { DATABASE_OWNERS, SERVICES } from '@order-saga/contracts/system';
import { OrderId, PricedLine } from '@order-saga/contracts/values';
import { createTopics } from '@sagakit/kafka/admin/topics';
import type { KafkaConnection } from '@sagakit/kafka/connection';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import type { EnvelopeOf } from '@sagakit/messages/envelope';
import { MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { migrate, type MigrationSource } from '@sagakit/postgres/migrate';
import { newId } from '@sagakit/resilience/ids';
import { quiet } from '@sagakit/resilience/log';
import { inDatabase, roleOf } from '@sagakit/service-kit/databases';
import { connectedTo } from '@sagakit/testing/connected';
import { messagesOf } from '@sagakit/testing/participant';
import pg from 'pg';
import { CONTACT } from '../shop/client.ts';
import { ROOT } from '../stack/state.ts';

/** The first migration that the release before did not have. */
const FIRST_NEW = { services: '20261126010000', messaging: '0007' } as const;
const PASSWORD = 'of-the-release-before';
const NEW_TOPICS = ['order.contacts'];

/** The folder's migrations of then, in a folder of their own below `scratch`. */
function ofThen(folder: string, firstNew: string, scratch: string): URL {
  const copy = mkdtempSync(path.join(scratch, 'migrations-'));
  for (const name of readdirSync(folder).filter((each) => each < firstNew))
    cpSync(path.join(folder, name), path.join(copy, name), { recursive: true });
  return pathToFileURL(`${copy}${path.sep}`);
}

function migrationsOf(service: string, scratch: string): MigrationSource[] {
  const own = path.join(ROOT, 'services', service, 'prisma/migrations');
  const messaging = fileURLToPath(MESSAGING_MIGRATIONS.folder);
  return [
    { folder: ofThen(messaging, FIRST_NEW.messaging, scratch), table: MESSAGING_MIGRATIONS.table },
    { folder: ofThen(own, FIRST_NEW.services, scratch), table: '_prisma_migrations' },
  ];
}

function urlOf(adminUrl: string, role: string): string {
  const url = new URL(inDatabase(adminUrl, role));
  return Object.assign(url, { username: role, password: PASSWORD }).href;
}

async function makeDatabases(adminUrl: string): Promise<void> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'release-before-'));
  try {
    await connectedTo(adminUrl, async (client) => {
      for (const role of DATABASE_OWNERS.map((name) => pg.escapeIdentifier(roleOf(name)))) {
        await client.query(`create role ${role} login password '${PASSWORD}'`);
        await client.query(`create database ${role} owner ${role}`);
        await client.query(`revoke all on database ${role} from public`);
      }
    });
    for (const service of SERVICES)
      await migrate(urlOf(adminUrl, roleOf(service)), migrationsOf(service, scratch));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

export type OrderOfThen = { orderId: string; customerId: string };

const PRICE = { amount: 1_000, currency: 'EUR' };

/** As an order service of then wrote it: with whom it is for. */
function placedThen() {
  const placed = messagesOf(catalogue).envelopeOf(
    OrderPlaced({
      orderId: OrderId.parse(newId()),
      customerId: `customer-${randomUUID()}`,
      lines: [PricedLine.parse({ sku: 'SKU-0001', quantity: 1, name: 'of then', unitPrice: PRICE })],
      total: PRICE,
      payment: { token: 'tok_visa' },
    }),
  ) as EnvelopeOf<typeof OrderPlaced>;
  return { ...placed, data: { ...placed.data, contact: CONTACT } };
}

const INSERT_ORDER = `
  insert into orders (order_id, version, sequence, answers, status, customer_id, lines, total_amount, currency,
    correlation_id, placed_at, updated_at)
  values ($1, 1, 1, '{}', 'PENDING', $2, $3, $4, $5, $6, now(), now())`;

/** Its row, and its history. */
async function store(adminUrl: string, placed: ReturnType<typeof placedThen>): Promise<void> {
  const { id, correlationid, data } = placed;
  const { orderId, customerId, lines, total } = data;
  await connectedTo(urlOf(adminUrl, 'order'), async (client) => {
    const row = [orderId, customerId, JSON.stringify(lines), total.amount, total.currency, correlationid];
    await client.query(INSERT_ORDER, row);
    const event = [orderId, id, JSON.stringify(data)];
    await client.query(`insert into order_events values ($1, 1, $2, 'OrderPlaced', $3, now())`, event);
  });
}

/**
 * Gives the order that was under way when that release was stopped: it is stored, its message is out, and
 * nobody has read it.
 */
export async function leaveBehind(adminUrl: string, kafka: KafkaConnection): Promise<OrderOfThen> {
  await makeDatabases(adminUrl);
  const topics = new Map([...catalogue.topics].filter(([topic]) => !NEW_TOPICS.includes(topic)));
  await createTopics(kafka, topics, quiet);
  const placed = placedThen();
  await store(adminUrl, placed);
  await sendRecords(kafka, [
    { topic: 'order.events', key: placed.subject, value: JSON.stringify(placed), headers: {} },
  ]);
  return placed.data;
}
