/** A relay on a test's own database, and messages for it. */
import { InventoryCommitted } from '@order-saga/contracts/inventory';
import type { Envelope } from '@order-saga/contracts/envelope';
import type { OrderId, Sku } from '@order-saga/contracts/values';
import { createHandover, type Handover } from '@order-saga/messaging/handover';
import type { RecordSender } from '@order-saga/messaging/kafka/producer';
import { quiet } from '@order-saga/messaging/log';
import { createRelay, type Relay } from '@order-saga/messaging/relay';
import { noCause, seal } from '@order-saga/messaging/seal';
import { newTraceparent } from '@order-saga/messaging/trace';
import { eventually } from '@order-saga/testing/eventually';
import { type Fixture, recorder } from './runtime-fixture.ts';

const lines = [{ sku: 'SKU-0001' as Sku, quantity: 1 }];
export const messages = (orderId: OrderId, count: number): Envelope[] =>
  Array.from({ length: count }, (_, at) =>
    seal(InventoryCommitted({ orderId, lines }), noCause('story', newTraceparent()), {
      source: '/test',
      sequence: at + 1,
      now: new Date(),
    }),
  );

/** With the process' end of the handover: `wake` for what was written without it. */
export function relayOn(own: Fixture, sender: RecordSender): Relay & { handover: Handover; wake(): void } {
  const handover = createHandover();
  const relay = createRelay({
    service: 'inventory',
    connectionString: own.url,
    pool: own.pool,
    sender,
    handover,
    log: quiet,
    observe: recorder().observe,
  });
  return { ...relay, handover, wake: handover.wrote };
}

export const outboxIsEmpty = (own: Fixture) =>
  eventually('the outbox is empty', async () => (await own.query('select from outbox')).length === 0);
