/** What a log says of an error of whoever needs both the database and Kafka. */
import { isKafkaAway, troubleOf as troubleOfKafka } from '@sagakit/kafka/kafkajs/trouble';
import { troubleOf as troubleOfDatabase } from '@sagakit/postgres/database-errors';

export const troubleOf = (error: unknown): { trouble: string; err?: unknown } =>
  isKafkaAway(error) ? troubleOfKafka(error) : troubleOfDatabase(error);
