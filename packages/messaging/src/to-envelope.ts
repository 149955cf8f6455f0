import type { Envelope } from '@sagakit/messages/envelope';
import { type Catalogue, dataSchemaOf } from '@sagakit/messages/catalogue';
import type { Message } from '@sagakit/messages/define';
import { newId } from '@sagakit/resilience/ids';
import { createSpan } from './trace.ts';

/**
 * What a message takes over from the one that caused it. JSON: it is stored with effects and with waiting
 * commands.
 */
export type MessageContext = {
  /** The causing message's id; absent where HTTP began the conversation. */
  id?: string | undefined;
  correlationid: string;
  /** The causing message's hops; -1 where HTTP began the conversation, so that the first message has 0. */
  hops: number;
  sagaid?: string | undefined;
  traceparent: string;
  tracestate?: string | undefined;
};

export function contextOf(message: Envelope): MessageContext {
  const { id, correlationid, hops, sagaid, traceparent, tracestate } = message;
  return { id, correlationid, hops, sagaid, traceparent, tracestate };
}

/** A new conversation, begun from outside. */
export function rootContext(correlationid: string, traceparent: string): MessageContext {
  return { correlationid, hops: -1, traceparent };
}

/** Who writes messages: the service as the envelope's source (`/rooms`), and the messages of its system. */
export type MessageWriter = { source: string; catalogue: Catalogue };

/**
 * Puts a decided message into its envelope. Throws a ZodError if the data does not fit the message's own
 * schema: what is written is checked as strictly as what is read.
 *
 * @param sequence the place in its subject's stream, from 1 (see `Row.sequence`)
 */
export function toEnvelope<T extends string, D>(
  message: Message<T, D>,
  cause: MessageContext,
  { writer, sequence, now }: { writer: MessageWriter; sequence: number; now: Date },
): Envelope<T, D> {
  const definition = writer.catalogue.definitionOf(message.type);
  const data = definition.schema.parse(message.data) as D;
  const id = newId();
  const { correlationid, id: causationid, sagaid, tracestate } = cause;
  return {
    specversion: '1.0',
    id,
    source: writer.source,
    type: message.type,
    subject: definition.subjectOf(data),
    time: now.toISOString(),
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(writer.catalogue, definition),
    schemaversion: definition.version,
    correlationid,
    ...(causationid === undefined ? {} : { causationid }),
    sequence: String(sequence).padStart(10, '0'),
    hops: cause.hops + 1,
    ...(sagaid === undefined ? {} : { sagaid }),
    traceparent: createSpan(
      writer.catalogue,
      { id, type: message.type, topic: definition.topic, correlationid, causationid },
      cause.traceparent,
    ),
    ...(tracestate === undefined ? {} : { tracestate }),
    data,
  };
}
