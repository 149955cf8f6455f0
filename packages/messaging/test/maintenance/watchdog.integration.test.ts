/**
 * A consumer and a relay that hang, on a real Kafka and Postgres: the process must be ended, and only then.
 */
import { catalogue } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createOutboxBuffer } from '../../src/outbox/outbox-buffer.ts';
import { createConsumer } from '@sagakit/kafka/kafkajs/consumer';
import { quiet } from '@sagakit/resilience/log';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { newId } from '@sagakit/resilience/ids';
import { createRelay } from '../../src/outbox/relay.ts';
import { createWatchdog } from '../../src/maintenance/watchdog.ts';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaAs } from '@sagakit/testing/infrastructure';
import { watchedOf } from '../../src/maintenance/watched.ts';
import { type Fixture, fixture, recorder } from '../runtime-fixture.ts';

async function abortedTransaction(topic: string): Promise<void> {
  const script = fileURLToPath(new URL('../../../kafka/test/foreign-producer.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [
    script,
    JSON.stringify(kafkaAs('foreign')),
    topic,
    'abort',
    'key',
    'not ours',
  ]);
}

describe('the watchdog', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  it('leaves a consumer alone that is idle or works, and ends one that hangs', async () => {
    const kafka = kafkaAs('test');
    const relay = createRelay({
      catalogue,
      service: 'rooms',
      database: own.url,
      pool: own.pool,
      sender: createSender(kafka, quiet),
      buffer: createOutboxBuffer(),
      log: quiet,
      observe: recorder().observe,
    });
    let hang: Promise<void> | undefined;
    /** What the consumer says of itself, and the watchdog of it. */
    const dead: string[] = [];
    const consumer = createConsumer({
      partitionCount: 3,
      kafka,
      groupId: `test-${newId()}`,
      topics: ['guests.events'],
      onBatch: async () => void (await hang),
      onDead: ({ message }) => dead.push(message),
      log: quiet,
    });
    const watchdog = createWatchdog({
      watched: watchedOf({ pool: own.pool, consumer, relay }),
      onDead: ({ message }) => dead.push(message),
      everyMs: 100,
      idleLooksAllowed: 6,
      log: quiet,
    });
    await consumer.start();
    await eventually('it has joined', () => consumer.state() === 'joined' && consumer.caughtUp(), {
      withinMs: 20_000,
    });
    watchdog.start();
    const send = () => sendRecords(kafka, [{ topic: 'guests.events', key: null, value: 'x', headers: {} }]);
    try {
      const handled = consumer.handled();
      for (let times = 0; times < 5; times++) await send().then(() => delay(100));
      await eventually('all are handled', () => consumer.handled() >= handled + 5);
      await delay(1_000);
      assert.deepEqual(dead, []);

      // The end of the log is the marker of somebody's aborted transaction: nothing will ever come of it.
      await abortedTransaction('guests.events');
      await eventually('it is passed', () => consumer.handled() > handled + 6);
      await delay(1_000);
      assert.deepEqual(dead, []);

      const { promise, resolve } = Promise.withResolvers<void>();
      hang = promise;
      await send();
      await eventually('it is noticed', () => dead.length > 0, { withinMs: 10_000 });
      assert.match(dead[0] ?? '', /the consumer has stopped/);
      resolve();
    } finally {
      await watchdog.stop();
      await consumer.stop();
      await relay.stop();
    }
  });
});
