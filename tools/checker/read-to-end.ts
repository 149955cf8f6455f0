import { endOffsets, type Tailed, tailTopics } from '@sagakit/kafka/admin/tail';
import type { KafkaConnection } from '@sagakit/kafka/connection';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';

/** All that lies in the topics by now, in the order of each partition. */
export async function readToEnd(
  connection: KafkaConnection,
  topics: string[],
  onMessage: (tailed: Tailed) => void,
): Promise<void> {
  const ends = await endOffsets(connection, topics, quiet);
  const at = new Map<string, bigint>();
  const tail = await tailTopics(connection, {
    topics,
    fromBeginning: true,
    log: quiet,
    onReached: (place, next) => at.set(place, next),
    onMessage,
  });
  try {
    await eventually(
      'all topics are read',
      () => [...ends].every(([place, end]) => (at.get(place) ?? 0n) >= end),
      {
        withinMs: 120_000,
        seen: () =>
          Object.fromEntries([...ends].map(([place, end]) => [place, `${at.get(place) ?? 0n} of ${end}`])),
      },
    );
  } finally {
    await tail.stop();
  }
}
