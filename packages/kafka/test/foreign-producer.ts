/**
 * Somebody else's program that writes to our topics in a transaction and then aborts it, or exits without a
 * word: `node foreign-producer.ts CONNECTION TOPIC abort|leave-open KEY VALUE [KEY VALUE...]`, where
 * CONNECTION is one as JSON. Ends with 0 once the records are with the broker.
 */
import { connect } from '../src/kafkajs/client.ts';
import type { KafkaConnection } from '../src/connection.ts';
import { quiet } from '@sagakit/resilience/log';

const [connection = '{}', topic = '', end, ...texts] = process.argv.slice(2);
const producer = connect(JSON.parse(connection) as KafkaConnection, quiet).producer({
  transactionalId: `foreign-${crypto.randomUUID()}`,
  idempotent: true,
  maxInFlightRequests: 1,
  transactionTimeout: 900_000,
});
await producer.connect();
const transaction = await producer.transaction();
const messages = texts.flatMap((key, at) => (at % 2 === 0 ? [{ key, value: texts[at + 1] ?? '' }] : []));
await transaction.send({ topic, messages });
if (end === 'abort') await transaction.abort();
process.exit(0);
