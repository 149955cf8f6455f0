import { setTimeout as delay } from 'node:timers/promises';
import type { TopicSettings } from '@sagakit/messages/catalogue';
import type { Log } from '@sagakit/resilience/log';
import { type KafkaConnection, namesAt } from '../connection.ts';
import { connect } from '../kafkajs/client.ts';
import { type Admin, ConfigResourceTypes } from '../kafkajs/kafkajs.ts';
import { effective } from './effective.ts';

type Entry = { name: string; value: string };

/** As long as a reader may be away: a record that says that something is to be forgotten is kept for it. */
const HEARD_OF_WITHIN_MS = 8 * 24 * 60 * 60 * 1000;

/** What a topic's own settings are, by Kafka's names. */
export function configOf(settings: TopicSettings, replicationFactor: number): Entry[] {
  const { compacted, retentionMs, segmentMs, maxMessageBytes, forgetsWithinMs } = settings;
  return [
    { name: 'cleanup.policy', value: compacted ? 'compact' : 'delete' },
    { name: 'retention.ms', value: String(retentionMs) },
    { name: 'segment.ms', value: String(segmentMs) },
    ...(forgetsWithinMs
      ? [
          { name: 'max.compaction.lag.ms', value: String(forgetsWithinMs) },
          { name: 'delete.retention.ms', value: String(HEARD_OF_WITHIN_MS) },
        ]
      : []),
    // The age of a record is what the broker saw, not what its writer says.
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    // With three copies or more one broker may be away, and what is acknowledged is still in two places.
    ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
    ...(maxMessageBytes ? [{ name: 'max.message.bytes', value: String(maxMessageBytes) }] : []),
  ];
}

/**
 * Creates the topics that are missing, and gives those that are there the settings of today. Returns once the
 * broker goes by them; says which.
 */
export async function createTopics(
  connection: KafkaConnection,
  wanted: ReadonlyMap<string, TopicSettings>,
  log: Log,
  { replicationFactor = 1 }: { replicationFactor?: number } = {},
): Promise<{ created: string[]; altered: string[] }> {
  const { inside, outside } = namesAt(connection);
  const topics = new Map([...wanted].map(([topic, settings]) => [outside(topic), settings]));
  const admin = connect(connection, log).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const created = [...topics].filter(([topic]) => !existing.has(topic));
    if (created.length > 0) {
      await admin.createTopics({
        waitForLeaders: false, // the client gives up on a broker that has not heard of them yet
        topics: created.map(([topic, settings]) => ({
          topic,
          numPartitions: settings.partitions,
          replicationFactor,
          configEntries: configOf(settings, replicationFactor),
        })),
      });
      await haveLeaders(
        admin,
        created.map(([topic]) => topic),
      );
    }
    const there = [...topics].filter(([topic]) => existing.has(topic));
    const altered = await makeGood(admin, new Map(there), replicationFactor);
    return { created: created.map(([topic]) => inside(topic)), altered: altered.map(inside) };
  } finally {
    await admin.disconnect();
  }
}

const LEADERS_WITHIN_MS = 30_000;
const NOT_YET = /UNKNOWN_TOPIC_OR_PARTITION|LEADER_NOT_AVAILABLE/;

/**
 * Returns once each partition has a leader. Throws what the broker said last if that takes longer than half a
 * minute.
 */
async function haveLeaders(admin: Admin, topics: string[]): Promise<void> {
  const giveUpAt = performance.now() + LEADERS_WITHIN_MS;
  for (;;) {
    const missing = await admin.fetchTopicMetadata({ topics }).then(
      ({ topics: found }) =>
        found.filter(({ partitions }) => partitions.some(({ leader }) => leader < 0)).map(({ name }) => name),
      (error: Error & { type?: string }) => {
        if (!NOT_YET.test(error.type ?? '') || performance.now() > giveUpAt) throw error;
        return topics;
      },
    );
    if (missing.length === 0) return;
    if (performance.now() > giveUpAt) throw new Error(`no leader for ${missing.join(', ')}`);
    await delay(100);
  }
}

/** What was set on the topic itself, by us or by an operator; the rest are the broker's defaults. */
const TOPIC_CONFIG = 1;

type Alteration = { name: string; configEntries: Entry[] };

/**
 * Those that are not set as they should be. The protocol's AlterConfigs takes away what it is not told, so
 * what operators set besides is told with it.
 */
async function differing(
  admin: Admin,
  topics: ReadonlyMap<string, TopicSettings>,
  replicationFactor: number,
): Promise<Alteration[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [...topics.keys()].map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  return resources.flatMap(({ resourceName, configEntries }) => {
    const own = configEntries.filter(({ configSource }) => Number(configSource) === TOPIC_CONFIG);
    const set = new Map(own.map(({ configName, configValue }) => [configName, configValue]));
    const wanted = configOf(topics.get(resourceName) as TopicSettings, replicationFactor);
    if (wanted.every(({ name, value }) => set.get(name) === value)) return [];
    for (const { name, value } of wanted) set.set(name, value);
    return [{ name: resourceName, configEntries: [...set].map(([name, value]) => ({ name, value })) }];
  });
}

async function makeGood(
  admin: Admin,
  topics: ReadonlyMap<string, TopicSettings>,
  replicationFactor: number,
): Promise<string[]> {
  if (topics.size === 0) return [];
  const toAlter = await differing(admin, topics, replicationFactor);
  if (toAlter.length === 0) return [];
  await admin.alterConfigs({
    validateOnly: false,
    resources: toAlter.map((resource) => ({ type: ConfigResourceTypes.TOPIC, ...resource })),
  });
  await effective(async () =>
    (await differing(admin, topics, replicationFactor)).map(({ name }) => `the settings of topic ${name}`),
  );
  return toAlter.map(({ name }) => name);
}
