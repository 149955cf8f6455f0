/** Reads a Kafka record: the one place that says what a message must be before anything looks at it. */
import { Envelope, MAX_HOPS } from '@order-saga/contracts/envelope';
import type { MessageDefinition } from '@order-saga/contracts/message';
import { z } from 'zod';

/** A record as Kafka delivered it. Kept whole, so that what cannot be read can be parked byte for byte. */
export type RawRecord = {
  topic: string;
  partition: number;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
};

/** Why a record is parked. A closed set: it is a metric label, a header and a filter. */
export type ParkReason =
  | 'not-json'
  | 'not-an-envelope'
  | 'schema-invalid'
  | 'unknown-command'
  | 'key-is-not-subject'
  | 'too-many-hops'
  | 'decision-failed'
  | 'data-error'
  | 'waits-behind'
  | 'effect-gave-up';

export type Opened =
  | { kind: 'message'; message: Envelope }
  | { kind: 'unknown-type'; message: Envelope }
  | { kind: 'unreadable'; reason: ParkReason; error: string; type?: string; correlationid?: string };

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @param definitions the messages that this reader handles, by type; other types are `unknown-type`. */
export function openRecord(record: RawRecord, definitions: ReadonlyMap<string, MessageDefinition>): Opened {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(record.value ?? new Uint8Array()));
  } catch (error) {
    return { kind: 'unreadable', reason: 'not-json', error: (error as Error).message };
  }
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) return { kind: 'unreadable', reason: 'not-an-envelope', error: z.prettifyError(envelope.error) };

  const message = envelope.data as Envelope;
  const refuse = (reason: ParkReason, error: string): Opened => ({
    kind: 'unreadable',
    reason,
    error,
    type: message.type,
    correlationid: message.correlationid,
  });
  if (record.key?.toString('utf8') !== message.subject) {
    return refuse(
      'key-is-not-subject',
      `the record's key is ${record.key?.toString('utf8') ?? 'null'}, the subject ${message.subject}`,
    );
  }
  if (message.hops > MAX_HOPS) return refuse('too-many-hops', `${message.hops} hops, ${MAX_HOPS} are allowed`);

  const definition = definitions.get(message.type);
  if (!definition) return { kind: 'unknown-type', message };
  const data = definition.schema.safeParse(message.data);
  if (!data.success) return refuse('schema-invalid', z.prettifyError(data.error));
  if (definition.subjectOf(data.data) !== message.subject) {
    return refuse('schema-invalid', `the data is about ${definition.subjectOf(data.data)}, the subject is ${message.subject}`);
  }
  return { kind: 'message', message: { ...message, data: data.data } };
}
