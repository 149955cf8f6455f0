/** Kafka's users, for the files that cannot import contracts/src/rights.ts. */
import { KAFKA_RIGHTS } from '@order-saga/contracts/rights';

export const KAFKA_ADMIN = 'admin';
export const KAFKA_USERS = Object.keys(KAFKA_RIGHTS);

/** A demo value, as those of the databases (infra/compose/secrets/README.md). */
export const kafkaPasswordFile = (user: string): string => `infra/compose/secrets/kafka-${user}-password`;
