/** A relay on a test's own database, and messages for it. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { InventoryCommitted } from '@order-saga/contracts/inventory';
import type { Envelope } from '@sagakit/messages/envelope';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { createOutboxBuffer, type OutboxBuffer } from '../../src/outbox/outbox-buffer.ts';
import type { RecordSender } from '@sagakit/kafka/kafkajs/producer';
import { quiet } from '@sagakit/resilience/log';
import { createRelay, type Relay } from '../../src/outbox/relay.ts';
import { rootContext, toEnvelope } from '../../src/to-envelope.ts';
import { newTraceparent } from '../../src/trace.ts';
import { eventually } from '@sagakit/testing/eventually';
import { type Fixture, recorder } from '../runtime-fixture.ts';

const lines = [{ sku: 'SKU-0001' as Sku, quantity: 1 }];
export const messages = (orderId: OrderId, count: number): Envelope[] =>
  Array.from({ length: count }, (_, at) =>
    toEnvelope(InventoryCommitted({ orderId, lines }), rootContext('story', newTraceparent()), {
      writer: { source: '/inventory', catalogue },
      sequence: at + 1,
      now: new Date(),
    }),
  );

/** With its buffer for the process' transactions: `wake` for what was written without it. */
export function relayOn(own: Fixture, sender: RecordSender): Relay & { outbox: OutboxBuffer; wake(): void } {
  const buffer = createOutboxBuffer();
  const relay = createRelay({
    service: 'inventory',
    connectionString: own.url,
    pool: own.pool,
    sender,
    buffer,
    log: quiet,
    observe: recorder().observe,
  });
  return { ...relay, outbox: buffer, wake: buffer.notify };
}

export const outboxIsEmpty = (own: Fixture) =>
  eventually('the outbox is empty', async () => (await own.query('select from outbox')).length === 0);
