/**
 * A rolling deployment: the next release's migration is applied while a replica of this release works, goes
 * on, and even starts anew on the newer schema. On a real Kafka and Postgres. Migrations only expand; what
 * they leave behind is contracted a release later.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { InventoryReserved, ReserveInventory } from '@order-saga/contracts/inventory';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { tailTopics } from '@sagakit/kafka/admin/tail';
import { quiet } from '@sagakit/resilience/log';
import { newId } from '@sagakit/resilience/ids';
import { migrate } from '@sagakit/postgres/migrate';
import type { RunningService } from '@sagakit/service-kit/service';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaAs, kafkaSettings } from '@sagakit/testing/infrastructure';
import { messagesOf } from '@sagakit/testing/participant';
import { call, jsonBody, type StockView } from '@order-saga/tools/shop/client';
import { service as inventory } from '../src/service.ts';

const { envelopeOf } = messagesOf(catalogue, 'inventory.commands');

/** What the next release could want: columns, a table, an index, a constraint that old rows keep. */
const NEXT = `
  alter table products add column weight_grams integer, add column fragile boolean not null default false;
  alter table reservations add column warehouse text not null default 'main' check (warehouse <> '');
  alter table inbox add column tenant text not null default 'none';
  alter table outbox add column priority integer not null default 0;
  create table warehouses (name text primary key);
  create index reservations_by_warehouse on reservations (warehouse);
`;

const SKU = 'SKU-0042' as Sku;
const kafka = kafkaAs('test');

function reserveOne(orderId: OrderId) {
  const asked = ReserveInventory({ orderId, lines: [{ sku: SKU, quantity: 1 }] });
  return {
    topic: ReserveInventory.topic,
    key: orderId,
    value: JSON.stringify(envelopeOf(asked)),
    headers: {},
  };
}

describe('a replica of this release', () => {
  it('goes on while the next one migrates its database, beside a replica that began after that, and starts anew on it', async () => {
    const database = await freshDatabase();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'next-release-'));
    const replicas: RunningService[] = [];
    const deaths: string[] = [];
    const reserved = new Set<string>();
    const tail = await tailTopics(kafka, {
      topics: [InventoryReserved.topic],
      fromBeginning: false,
      log: quiet,
      onMessage: ({ message }) => message?.type === InventoryReserved.type && reserved.add(message.subject),
    });
    async function start(): Promise<string> {
      const service = await inventory.start(
        {
          PORT: '0',
          INSTANCE: String(replicas.length),
          DATABASE_URL: database.url,
          ...kafkaSettings(),
          AUTH: 'off',
          LOG_LEVEL: 'silent',
          SHUTDOWN_DELAY_MS: '0',
        },
        { onDead: ({ message }) => deaths.push(message) },
      );
      replicas.push(service);
      const url = `http://127.0.0.1:${service.port}`;
      await eventually('it is ready', async () => (await call(`${url}/health/ready`)).status === 200);
      return url;
    }
    async function works(...urls: string[]): Promise<void> {
      // Over all partitions, so over all replicas
      const orders = Array.from({ length: 12 }, () => newId() as OrderId);
      await sendRecords(kafka, orders.map(reserveOne));
      await eventually('all are reserved', () => orders.every((orderId) => reserved.has(orderId)));
      for (const url of urls) {
        const { status } = await call<StockView>(
          `${url}/stock/${SKU}/adjustments`,
          jsonBody({ quantity: 12, reason: 'test' }),
        );
        assert.equal(status, 200);
      }
    }

    try {
      const old = await start();
      await works(old);
      mkdirSync(path.join(folder, '29990101000000_next'));
      writeFileSync(path.join(folder, '29990101000000_next/migration.sql'), NEXT);
      await migrate(database.url, [{ folder: pathToFileURL(`${folder}/`), table: '_prisma_migrations' }]);
      await works(old);
      const beside = await start();
      await works(old, beside);
      const { body } = await call<StockView>(`${beside}/stock/${SKU}`);
      assert.equal(body.reserved, 36);
      assert.deepEqual(deaths, []);
    } finally {
      for (const service of replicas) await service.stop();
      await tail.stop();
      rmSync(folder, { recursive: true });
      await database.drop();
    }
  });
});
