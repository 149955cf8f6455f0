/** Stories, put into the topics of a real Kafka. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { RecordSender } from '@sagakit/kafka/port';
import { type Script, simulate } from './simulate.ts';

export type As = { story?: string; token?: string; deadlines?: number };
export type Told = { story: string; orderId: string; trace: string; ids: string[] };

/** Puts a story into the topics, message by message, as the services would have. */
export async function put(
  to: RecordSender,
  script: Script,
  { story = randomUUID(), token = 'tok_visa', ...how }: As = {},
): Promise<Told> {
  const orderId = randomUUID();
  const trace = randomBytes(16).toString('hex');
  const { records } = simulate(script, { story, orderId, trace, token, ...how });
  for (const { topic, key, value, headers } of records) await to.send([{ topic, key, value, headers }]);
  return {
    story,
    orderId,
    trace,
    ids: records.map(({ value }) => (JSON.parse(String(value)) as { id: string }).id),
  };
}
