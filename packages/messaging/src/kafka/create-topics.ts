/**
 * Creates the topics of packages/contracts that are missing, and ends. A job that runs before the services start: the embedded stack
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
const created = await createTopics({ brokers, clientId: 'create-topics' }, quiet, { replicationFactor });
console.log(created.length > 0 ? `created ${created.join(', ')}` : 'all topics are there');
