import type { Admin, Kafka } from 'kafkajs';
import type { Log } from '../log.ts';

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

  async function findTargets(own: Record<string, number[]>, mine: number): Promise<void> {
    try {
      if (!admin) {
        admin = kafka.admin();
        await admin.connect();
      }
      const found = new Map<string, bigint>();
      const topics = Object.keys(own);
      const committed = await admin.fetchOffsets({ groupId, topics });
      for (const topic of topics) {
        const ends = await admin.fetchTopicOffsets(topic);
        for (const partition of own[topic] ?? []) {
          const end = BigInt(ends.find((entry) => entry.partition === partition)?.high ?? 0);
          const at = committed.find((entry) => entry.topic === topic)?.partitions.find((entry) => entry.partition === partition);
          if (end > BigInt(at?.offset ?? -1) && end > 0n) found.set(key(topic, partition), end);
        }
      }
      if (mine === round) targets = found;
    } catch (error) {
      log.warn({ err: error }, 'end offsets not known yet, no deadline is judged');
      if (mine === round) setTimeout(() => mine === round && void findTargets(own, mine), 1_000).unref();
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
    partitions: () => new Set(Object.values(assignment).flat()),
    async stop(): Promise<void> {
      round++;
      await admin?.disconnect().catch(() => {});
    },
  };
}
