/** Where a group stands in its topics and where these begin and end, asked of the broker. */
import type { Admin } from 'kafkajs';

export type PartitionOffsets = {
  topic: string;
  partition: number;
  /** By the group's last commit; negative: none yet, or "from the beginning". */
  committed: bigint;
  /** The first offset that is still there. */
  low: bigint;
  /** One more than the last offset that was given away; nothing needs to be readable before it. */
  end: bigint;
};

/** Settles once nothing is being asked any more: what goes on asking would connect again who has left. */
export async function offsetsOf(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<PartitionOffsets[]> {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
  const asked = await Promise.allSettled(
    topics.map(async (topic) => {
      const commits = committed.find((entry) => entry.topic === topic)?.partitions;
      return (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
        topic,
        partition,
        committed: BigInt(commits?.find((entry) => entry.partition === partition)?.offset ?? -1),
        low: BigInt(low),
        end: BigInt(high),
      }));
    }),
  );
  return asked.flatMap((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  });
}

/**
 * Offsets that lie before a reader that stands at `at`, at most so many messages. Who stands where nothing is
 * (before the beginning, or behind the end of a topic that was made again) begins at the beginning. Pure.
 */
export function unread(at: bigint, { low, end }: Pick<PartitionOffsets, 'low' | 'end'>): number {
  const from = at < low || at > end ? low : at;
  return Math.max(0, Number(end - from));
}
