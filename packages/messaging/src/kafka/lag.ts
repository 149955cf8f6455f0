import type { Admin, Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { offsetsOf, unread } from './offsets.ts';
import type { createReading } from './reading.ts';

const ANSWERS_WITHIN_MS = 5_000;

/** Asks the broker, by a connection of its own, what lies before a reader: a reader that has gone silent cannot say so itself. */
export function createLag(kafka: Kafka, groupId: string, reading: ReturnType<typeof createReading>) {
  let admin: Admin | undefined;

  async function connected(): Promise<Admin> {
    if (!admin) {
      const fresh = kafka.admin();
      await fresh.connect();
      admin = fresh;
    }
    return admin;
  }

  /** Within five seconds, or it throws; perhaps it is this connection that is ill, so the next look takes a new one. */
  async function answered<T>(asked: Promise<T>): Promise<T> {
    const done = new AbortController();
    const late = delay(ANSWERS_WITHIN_MS, undefined, { ref: false, signal: done.signal }).then(() => {
      throw new Error(`the broker did not answer within ${ANSWERS_WITHIN_MS} ms`);
    });
    try {
      return await Promise.race([asked, late]);
    } catch (error) {
      void admin?.disconnect().catch(() => {});
      admin = undefined;
      throw error;
    } finally {
      done.abort();
    }
  }

  async function look(): Promise<Map<string, number>> {
    const own = reading.assignment();
    const lag = new Map<string, number>();
    for (const { topic, partition, committed, ...log } of await offsetsOf(await connected(), groupId, Object.keys(own))) {
      if (!own[topic]?.includes(partition)) continue;
      const at = reading.position(topic, partition) ?? committed;
      lag.set(topic, (lag.get(topic) ?? 0) + unread(at, log));
    }
    return lag;
  }

  return {
    /** Offsets of each topic that lie unread in this replica's partitions. Throws if the broker does not say so within five seconds. */
    lag: () => answered(look()),
    async stop(): Promise<void> {
      await admin?.disconnect().catch(() => {});
    },
  };
}
