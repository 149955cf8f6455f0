/**
 * Creates the topics of packages/contracts that are missing, gives those that are there the settings of today, and ends. A job that runs before the services start: the embedded stack
 * does the same by itself.
 *
 *   KAFKA_BROKERS=kafka:9092 node packages/messaging/src/kafka/create-topics.ts
 *
 * KAFKA_REPLICATION_FACTOR (default 1): as many copies of each partition, on as many brokers.
 */
import { createTopics } from './topics.ts';
import { quiet } from '../log.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',').filter((broker) => broker !== '');
if (brokers.length === 0) {
  console.error('KAFKA_BROKERS is not set');
  process.exit(1);
}
const replicationFactor = Number(process.env['KAFKA_REPLICATION_FACTOR'] ?? 1);
const { created, altered } = await createTopics({ brokers, clientId: 'create-topics' }, quiet, { replicationFactor });
if (created.length > 0) console.log(`created ${created.join(', ')}`);
if (altered.length > 0) console.log(`gave other settings to ${altered.join(', ')}`);
if (created.length + altered.length === 0) console.log('all topics are there');
