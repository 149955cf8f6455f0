import type { BatchConsumer } from '@sagakit/kafka/port';
import { outboxIsBehind } from '../outbox/outbox.ts';
import type { Relay } from '../outbox/relay.ts';
import type { Watched } from './watchdog.ts';
import type { Pool } from 'pg';
import { pingDatabase } from '@sagakit/postgres/pool';

const OUTBOX_BEHIND_MS = 10_000;
const ANSWERS_WITHIN_MS = 5_000;

/** What must move as long as broker and database answer. Each look asks both. */
export function watchedOf({
  pool,
  consumer,
  relay,
}: {
  pool: Pool;
  consumer: BatchConsumer;
  relay: Relay;
}): Watched[] {
  async function unread(): Promise<number> {
    const lag = await consumer.lag();
    await pingDatabase(pool, ANSWERS_WITHIN_MS);
    // Out of the group although the broker answers: nobody tells what lies unread, but it is work that waits.
    return consumer.state() === 'joined' ? [...lag.values()].reduce((sum, messages) => sum + messages, 0) : 1;
  }
  return [
    { name: 'consumer', look: async () => ({ waiting: await unread(), done: consumer.handled() }) },
    {
      name: 'relay',
      async look() {
        await consumer.lag(); // the broker answers
        const behind = relay.leads() && (await outboxIsBehind(pool, OUTBOX_BEHIND_MS));
        return { waiting: behind ? 1 : 0, done: relay.sent() };
      },
    },
  ];
}
