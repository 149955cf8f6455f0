/** Real clients that ask once, and are refused or not: ours try for ever. */
import type { KafkaConnection } from '@sagakit/kafka/connection';
import { configOf } from '@sagakit/kafka/kafkajs/client';
import { Kafka } from '@sagakit/kafka/kafkajs/kafkajs';
import { quiet } from '@sagakit/resilience/log';

/** The topics that the user is shown. */
export async function asksKafka(as: KafkaConnection): Promise<string[]> {
  const retry = { retries: 0 };
  const client = new Kafka({ ...configOf(as, quiet), retry }).admin({ retry });
  try {
    await client.connect();
    return await client.listTopics();
  } finally {
    await client.disconnect();
  }
}
