import { settingsOf, TOPICS, type Topic, type TopicSettings } from '@order-saga/contracts/topics';
import type { Admin } from 'kafkajs';
import type { Log } from '../log.ts';
import { connect, type KafkaConnection } from './client.ts';
import { ConfigResourceTypes } from './kafkajs.ts';

type Entry = { name: string; value: string };

function configOf(settings: TopicSettings): Entry[] {
  const { compacted, retentionMs, segmentMs, maxMessageBytes } = settings;
  return [
    { name: 'cleanup.policy', value: compacted ? 'compact' : 'delete' },
    { name: 'retention.ms', value: String(retentionMs) },
    { name: 'segment.ms', value: String(segmentMs) },
    // The age of a record is what the broker saw, not what its writer says.
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    ...(maxMessageBytes ? [{ name: 'max.message.bytes', value: String(maxMessageBytes) }] : []),
  ];
}

/** Creates the topics of packages/contracts that are missing, and gives those that are there the settings of today. Says which. */
export async function createTopics(
  connection: KafkaConnection,
  log: Log,
  { replicationFactor = 1 }: { replicationFactor?: number } = {},
): Promise<{ created: Topic[]; altered: Topic[] }> {
  const admin = connect(connection, log).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const all = Object.keys(TOPICS) as Topic[];
    const created = all.filter((topic) => !existing.has(topic));
    if (created.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: created.map((topic) => ({
          topic,
          numPartitions: settingsOf(topic).partitions,
          replicationFactor,
          configEntries: configOf(settingsOf(topic)),
        })),
      });
    }
    const altered = await makeGood(
      admin,
      all.filter((topic) => existing.has(topic)),
    );
    return { created, altered };
  } finally {
    await admin.disconnect();
  }
}

/** What was set on the topic itself, by us or by an operator; the rest are the broker's defaults. */
const TOPIC_CONFIG = 1;

/** The protocol's AlterConfigs takes away what it is not told, so what operators set besides is told with it. */
async function makeGood(admin: Admin, topics: Topic[]): Promise<Topic[]> {
  if (topics.length === 0) return [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  const toAlter = resources.flatMap(({ resourceName, configEntries }) => {
    const own = configEntries.filter(({ configSource }) => Number(configSource) === TOPIC_CONFIG);
    const set = new Map(own.map(({ configName, configValue }) => [configName, configValue]));
    const wanted = configOf(settingsOf(resourceName as Topic));
    if (wanted.every(({ name, value }) => set.get(name) === value)) return [];
    for (const { name, value } of wanted) set.set(name, value);
    return [{ name: resourceName, configEntries: [...set].map(([name, value]) => ({ name, value })) }];
  });
  if (toAlter.length > 0) {
    await admin.alterConfigs({
      validateOnly: false,
      resources: toAlter.map((resource) => ({ type: ConfigResourceTypes.TOPIC, ...resource })),
    });
  }
  return toAlter.map(({ name }) => name as Topic);
}
