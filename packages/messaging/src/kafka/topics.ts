import { settingsOf, TOPICS, type Topic, type TopicSettings } from '@order-saga/contracts/topics';
import type { Log } from '../log.ts';
import { connect, type KafkaConnection } from './client.ts';

function configOf(settings: TopicSettings): { name: string; value: string }[] {
  const { compacted, retentionMs, maxMessageBytes } = settings;
  return [
    { name: 'cleanup.policy', value: compacted ? 'compact' : 'delete' },
    { name: 'retention.ms', value: String(retentionMs) },
    ...(maxMessageBytes ? [{ name: 'max.message.bytes', value: String(maxMessageBytes) }] : []),
  ];
}

/** Creates the topics of packages/contracts that are missing. Says which. */
export async function createTopics(
  connection: KafkaConnection,
  log: Log,
  { replicationFactor = 1 }: { replicationFactor?: number } = {},
): Promise<string[]> {
  const admin = connect(connection, log).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = (Object.keys(TOPICS) as Topic[]).filter((topic) => !existing.has(topic));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((topic) => ({
          topic,
          numPartitions: settingsOf(topic).partitions,
          replicationFactor,
          configEntries: configOf(settingsOf(topic)),
        })),
      });
    }
    return missing;
  } finally {
    await admin.disconnect();
  }
}
