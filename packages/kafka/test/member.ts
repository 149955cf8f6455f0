/**
 * A member of a group as a process of its own, which a test kills: `node member.ts CONNECTION GROUP TOPIC`.
 * Says `joined` once it is.
 */
import { quiet } from '@sagakit/resilience/log';
import type { KafkaConnection } from '../src/connection.ts';
import { createConsumer } from '../src/kafkajs/consumer.ts';

const [kafka = '', groupId = '', topic = ''] = process.argv.slice(2);
const consumer = createConsumer({
  kafka: JSON.parse(kafka) as KafkaConnection,
  groupId,
  topics: [topic],
  partitionCount: 3,
  onBatch: async () => {},
  onDead: (error) => {
    throw error;
  },
  log: quiet,
});
await consumer.start();
console.log('joined');
