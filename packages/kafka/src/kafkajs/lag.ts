import type { Admin, Kafka } from 'kafkajs';
import { withTimeout } from '@sagakit/resilience/timeout';
import { offsetsOf, unread } from './offsets.ts';
import type { Names } from '../connection.ts';
import type { createReading } from '../reading.ts';

const RESPONDS_WITHIN_MS = 5_000;

/**
 * Asks the broker, by a connection of its own, what lies before a reader: a reader that has gone silent
 * cannot say so itself.
 */
export function createLag(
  kafka: Kafka,
  groupId: string,
  reading: ReturnType<typeof createReading>,
  names: Names,
) {
  /** One for all who ask at the same time: a second one would be forgotten, and stay open. */
  let connection: Promise<Admin> | undefined;
  let stopped = false;

  function connected(): Promise<Admin> {
    if (stopped) throw new Error('the reader has stopped');
    connection ??= (async () => {
      const admin = kafka.admin();
      await admin.connect();
      return admin;
    })();
    return connection;
  }

  async function disconnect(): Promise<void> {
    const admin = connection;
    connection = undefined;
    await admin?.then((known) => known.disconnect()).catch(() => {});
  }

  /**
   * Within five seconds, or it throws; perhaps it is this connection that is ill, so the next look takes a
   * new one.
   */
  async function withinLimit<T>(asked: Promise<T>): Promise<T> {
    try {
      return await withTimeout(asked, RESPONDS_WITHIN_MS, () => {
        throw new Error(`the broker did not respond within ${RESPONDS_WITHIN_MS} ms`);
      });
    } catch (error) {
      void disconnect();
      throw error;
    }
  }

  const look = async () => lagIn(await connected(), groupId, reading, names);

  return {
    /**
     * Offsets of each topic that lie unread in this replica's partitions. Throws if the broker does not say
     * so within five seconds.
     */
    lag: () => withinLimit(look()),
    async stop(): Promise<void> {
      stopped = true;
      await disconnect();
    },
  };
}

async function lagIn(
  admin: Admin,
  groupId: string,
  reading: ReturnType<typeof createReading>,
  { inside }: Names,
): Promise<Map<string, number>> {
  const own = reading.assignment();
  const lag = new Map<string, number>();
  for (const { topic, partition, committed, ...log } of await offsetsOf(admin, groupId, Object.keys(own))) {
    if (!own[topic]?.includes(partition)) continue;
    const at = reading.position(topic, partition) ?? committed;
    lag.set(inside(topic), (lag.get(inside(topic)) ?? 0) + unread(at, log));
  }
  return lag;
}
