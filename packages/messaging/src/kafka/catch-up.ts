import type { Admin, Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';

const ANSWERS_WITHIN_MS = 5_000;

/**
 * Knows whether a replica has read what lay unread when it got its partitions. Until then no silence may be judged: the
 * replies may lie there.
 */
export function createCatchUp(kafka: Kafka, groupId: string, log: Log) {
  let admin: Admin | undefined;
  let assignment: Record<string, number[]> = {};
  /** What must be reached before this replica is caught up, by topic/partition; undefined: not known yet. */
  let targets: Map<string, bigint> | undefined;
  let round = 0;
  const reached = new Map<string, bigint>();
  const key = (topic: string, partition: number) => `${topic}/${partition}`;

  async function connected(): Promise<Admin> {
    if (!admin) {
      const fresh = kafka.admin();
      await fresh.connect();
      admin = fresh;
    }
    return admin;
  }

  /** Per partition of `own`: where the next unread message of this group is by the last commit (-1: none yet), and the end. */
  async function offsets(
    own: Record<string, number[]>,
  ): Promise<{ topic: string; partition: number; at: bigint; end: bigint }[]> {
    const client = await connected();
    const topics = Object.keys(own);
    const committed = await client.fetchOffsets({ groupId, topics });
    const found = await Promise.all(
      topics.map(async (topic) => {
        const ends = await client.fetchTopicOffsets(topic);
        const commits = committed.find((entry) => entry.topic === topic)?.partitions;
        return (own[topic] ?? []).map((partition) => ({
          topic,
          partition,
          at: BigInt(commits?.find((entry) => entry.partition === partition)?.offset ?? -1),
          end: BigInt(ends.find((entry) => entry.partition === partition)?.high ?? 0),
        }));
      }),
    );
    return found.flat();
  }

  async function findTargets(own: Record<string, number[]>, mine: number): Promise<void> {
    try {
      const found = new Map<string, bigint>();
      for (const { topic, partition, at, end } of await offsets(own)) {
        if (end > at && end > 0n) found.set(key(topic, partition), end);
      }
      if (mine === round) targets = found;
    } catch (error) {
      log.warn({ err: error }, 'end offsets not known yet, no deadline is judged');
      if (mine === round) setTimeout(() => mine === round && void findTargets(own, mine), 1_000).unref();
    }
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

  return {
    assigned(own: Record<string, number[]>): void {
      round++;
      assignment = own;
      targets = undefined;
      reached.clear();
      void findTargets(own, round);
    },
    /** After an outage: what has been reached still counts. */
    resumed(): void {
      round++;
      targets = undefined;
      void findTargets(assignment, round);
    },
    reached(topic: string, partition: number, next: bigint): void {
      reached.set(key(topic, partition), next);
    },
    done(): boolean {
      if (!targets) return false;
      for (const [place, end] of targets) {
        if ((reached.get(place) ?? -1n) < end) return false;
        targets.delete(place);
      }
      return true;
    },
    /** Messages of each topic that lie unread in this replica's partitions. Throws if the broker does not say so within five seconds. */
    async lag(): Promise<Map<string, number>> {
      const lag = new Map<string, number>();
      for (const { topic, partition, at, end } of await answered(offsets(assignment))) {
        const next = reached.get(key(topic, partition)) ?? (at < 0n ? 0n : at);
        lag.set(topic, (lag.get(topic) ?? 0) + Math.max(0, Number(end - next)));
      }
      return lag;
    },
    partitions: () => new Set(Object.values(assignment).flat()),
    async stop(): Promise<void> {
      round++;
      await admin?.disconnect().catch(() => {});
    },
  };
}
