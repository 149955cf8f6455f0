/**
 * Creates the topics of a catalogue that are missing, gives the others the settings of today, and ends. A job
 * that runs before the services start, as a user that administers.
 *
 *   KAFKA_BROKERS=kafka:9092 node packages/service-kit/src/create-topics.ts contracts/src/catalogue.ts
 *
 * The file exports `catalogue`. KAFKA_*: as for a service. KAFKA_REPLICATION_FACTOR (default 1): as many
 * copies of each partition, on as many brokers; from 3 on a message is acknowledged once two have it.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { connectionOf, KafkaSettings } from '@sagakit/kafka/settings';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { quiet } from '@sagakit/resilience/log';
import { ConfigError, readConfig, wholeNumber } from './config.ts';

const Config = KafkaSettings.extend({ KAFKA_REPLICATION_FACTOR: wholeNumber(1, 32_767).default(1) });

try {
  const [file] = process.argv.slice(2);
  if (file === undefined)
    throw new ConfigError(['which catalogue? node create-topics.ts contracts/src/catalogue.ts']);
  const config = readConfig(Config, process.env);
  const { catalogue } = (await import(pathToFileURL(path.resolve(file)).href)) as { catalogue: Catalogue };
  const { created, altered } = await createTopics(
    connectionOf(config, 'create-topics'),
    catalogue.topics,
    quiet,
    { replicationFactor: config.KAFKA_REPLICATION_FACTOR },
  );
  if (created.length > 0) console.log(`created ${created.join(', ')}`);
  if (altered.length > 0) console.log(`gave other settings to ${altered.join(', ')}`);
  if (created.length + altered.length === 0) console.log('all topics are there');
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
