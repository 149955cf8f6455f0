/** The consumer on a real Kafka: what was not committed in the database comes again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type BatchConsumer, createConsumer } from '@order-saga/messaging/kafka/consumer';
import { lagOf } from '@order-saga/messaging/kafka/reset';
import { sendRecords } from '@order-saga/messaging/kafka/send';
import { newId } from '@order-saga/messaging/random';
import { eventually } from '@order-saga/testing/eventually';
import { brokers } from '@order-saga/testing/infrastructure';
import { quiet } from './runtime-fixture.ts';

const TOPIC = 'saga.events';
const kafka = { brokers: brokers(), clientId: 'test' };

function consumerOf(groupId: string, onBatch: (values: string[]) => Promise<void>): BatchConsumer {
  return createConsumer({
    kafka,
    groupId,
    topics: [TOPIC],
    onBatch: (records) => onBatch(records.map(({ value }) => value?.toString('utf8') ?? '')),
    onDead: (error) => assert.fail(error),
    log: quiet,
  });
}

describe('the consumer', () => {
  it('commits offsets after the work, so that what was in hand when a process died comes again', async () => {
    const groupId = `test-${newId()}`;
    const marks = Array.from({ length: 20 }, () => newId());
    await sendRecords(
      kafka,
      marks.map((mark) => ({ topic: TOPIC, key: mark, value: mark, headers: {} })),
    );
    const { promise: never, resolve: release } = Promise.withResolvers<void>();
    let inHand: string[] = [];
    const first = consumerOf(groupId, async (values) => {
      inHand.push(...values.filter((value) => marks.includes(value)));
      await never;
      throw new Error('the process died here');
    });
    await first.start();
    await eventually('they are in hand', () => inHand.length > 0, { withinMs: 20_000 });
    await delay(1_200); // longer than offsets wait to be committed
    assert.ok((await lagOf(kafka, groupId, [TOPIC])) >= marks.length, 'offsets were committed before the work');
    const stopping = first.stop();
    release();
    await stopping;

    const again = new Set<string>();
    const second = consumerOf(groupId, async (values) => values.forEach((value) => again.add(value)));
    await second.start();
    try {
      await eventually('all come again', () => marks.every((mark) => again.has(mark)), { withinMs: 20_000 });
      inHand = [];
      await eventually('then they are committed', async () => (await lagOf(kafka, groupId, [TOPIC])) === 0);
    } finally {
      await second.stop();
    }
  });
});
