import { quiet } from '@sagakit/resilience/log';
import type { KafkaConnection } from '../connection.ts';
import { type Compression, createSender } from './producer.ts';
import type { OutgoingRecord } from '../port.ts';

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
