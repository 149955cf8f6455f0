import { quiet } from '../log.ts';
import type { KafkaConnection } from './client.ts';
import { createSender, type OutgoingRecord } from './producer.ts';

/** Sends raw records once, past every outbox: for tests that play the attacker, and tools. */
export async function sendRecords(connection: KafkaConnection, records: OutgoingRecord[]): Promise<void> {
  const sender = createSender(connection, quiet);
  try {
    await sender.send(records);
  } finally {
    await sender.stop();
  }
}
