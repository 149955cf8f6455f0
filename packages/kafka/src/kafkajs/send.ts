import { quiet } from '@sagakit/resilience/log';
import type { KafkaConnection } from './client.ts';
import { type Compression, createSender, type OutgoingRecord } from './producer.ts';

/** Sends raw records once, past every outbox: for tests that play the attacker, and tools. */
export async function sendRecords(
  connection: KafkaConnection,
  records: OutgoingRecord[],
  options: { compression?: Compression } = {},
): Promise<void> {
  const sender = createSender(connection, quiet, options);
  try {
    await sender.send(records);
  } finally {
    await sender.stop();
  }
}
