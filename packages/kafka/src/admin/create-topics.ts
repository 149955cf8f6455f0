/**
 * Creates the topics of a catalogue that are missing, and ends. A job that runs before the services start.
 *
 *   KAFKA_BROKERS=kafka:9092 node packages/kafka/src/admin/create-topics.ts contracts/src/catalogue.ts
 *
 * The file exports `catalogue`. KAFKA_REPLICATION_FACTOR (default 1): as many copies of each partition, on as
 * many brokers.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { createTopics } from './topics.ts';
import { quiet } from '@sagakit/resilience/log';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',').filter((broker) => broker !== '');
if (brokers.length === 0) {
  console.error('KAFKA_BROKERS is not set');
  process.exit(1);
}
const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('which catalogue? node create-topics.ts contracts/src/catalogue.ts');
  process.exit(1);
}
const { catalogue } = (await import(pathToFileURL(path.resolve(file)).href)) as { catalogue: Catalogue };
const replicationFactor = Number(process.env['KAFKA_REPLICATION_FACTOR'] ?? 1);
const { created, altered } = await createTopics(
  { brokers, clientId: 'create-topics' },
  catalogue.topics,
  quiet,
  {
    replicationFactor,
  },
);
if (created.length > 0) console.log(`created ${created.join(', ')}`);
if (altered.length > 0) console.log(`gave other settings to ${altered.join(', ')}`);
if (created.length + altered.length === 0) console.log('all topics are there');
