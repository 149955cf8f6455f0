/** Makes Kafka compact a topic at once, where it would take a day or two. */
import { randomUUID } from 'node:crypto';
import type { Topic } from '@order-saga/contracts/system';
import { connect } from '@sagakit/kafka/kafkajs/client';
import type { KafkaConnection } from '@sagakit/kafka/connection';
import { ConfigResourceTypes } from '@sagakit/kafka/kafkajs/kafkajs';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { quiet } from '@sagakit/resilience/log';

type Entries = Record<string, string>;
type Resource = { type: (typeof ConfigResourceTypes)['TOPIC' | 'BROKER']; name: string };

/** A segment is closed by the next record; what is closed is compacted when the cleaner looks again. */
const AT_ONCE: Entries = {
  'segment.ms': '100',
  'min.cleanable.dirty.ratio': '0.0001',
  'max.compaction.lag.ms': '100',
  'delete.retention.ms': '0',
  'file.delete.delay.ms': '0',
};
const CLEANER: Entries = { 'log.cleaner.backoff.ms': '100' };
/** Set on the topic or broker itself, while it runs. */
const OWN = [1, 2];

/**
 * Until `work` is done; then the settings are as before. `closeSegments`: so that what is there can be
 * compacted.
 */
export async function compactedAtOnce<T>(
  kafka: KafkaConnection,
  topic: Topic,
  work: (closeSegments: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const admin = connect(kafka, quiet).admin();
  await admin.connect();
  const settingsOf = async (resource: Resource): Promise<Entries> => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
    const entries = resources[0]?.configEntries ?? [];
    const own = entries.filter(({ configSource }) => OWN.includes(Number(configSource)));
    return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
  };
  const set = ({ type, name }: Resource, entries: Entries) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type, name, configEntries: Object.entries(entries).map(([key, value]) => ({ name: key, value })) },
      ],
    });
  const changed: [Resource, Entries][] = [
    [{ type: ConfigResourceTypes.TOPIC, name: topic }, AT_ONCE],
    [{ type: ConfigResourceTypes.BROKER, name: '1' }, CLEANER],
  ];
  const before: [Resource, Entries][] = [];
  try {
    for (const [resource, entries] of changed) {
      const own = await settingsOf(resource);
      before.push([resource, own]);
      await set(resource, { ...own, ...entries });
    }
    return await work(() => closeSegments(kafka, topic));
  } finally {
    for (const [resource, own] of before) await set(resource, own);
    await admin.disconnect();
  }
}

/** A record to each partition, about orders that nobody has heard of. */
function closeSegments(kafka: KafkaConnection, topic: Topic): Promise<void> {
  const keys = Array.from({ length: 30 }, () => randomUUID());
  return sendRecords(
    kafka,
    keys.map((key) => ({ topic, key, value: null, headers: {} })),
  );
}
