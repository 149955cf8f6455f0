import type { Envelope } from '@order-saga/contracts/envelope';
import { dataSchemaOf, type Message } from '@order-saga/contracts/message';
import { definitionOf } from '@order-saga/contracts/registry';
import { newId } from './random.ts';
import { createSpan } from './trace.ts';

/** What a message takes over from the one that caused it. JSON: it is stored with effects and with waiting commands. */
export type Cause = {
  /** The causing message's id; absent where HTTP began the story. */
  id?: string | undefined;
  correlationid: string;
  /** The causing message's hops; -1 where HTTP began the story, so that the first message has 0. */
  hops: number;
  sagaid?: string | undefined;
  traceparent: string;
  tracestate?: string | undefined;
};

export function causeOf(message: Envelope): Cause {
  const { id, correlationid, hops, sagaid, traceparent, tracestate } = message;
  return { id, correlationid, hops, sagaid, traceparent, tracestate };
}

/** A new story, begun from outside. */
export function noCause(correlationid: string, traceparent: string): Cause {
  return { correlationid, hops: -1, traceparent };
}

/**
 * Puts a decided message into its envelope. Throws a ZodError if the data does not fit the message's own schema: what is
 * written is checked as strictly as what is read.
 *
 * @param sequence the place in its subject's story, from 1 (see `Row.sequence`)
 */
export function seal<T extends string, D>(
  message: Message<T, D>,
  cause: Cause,
  options: { source: string; sequence: number; now: Date },
): Envelope<T, D> {
  const definition = definitionOf(message.type);
  const data = definition.schema.parse(message.data) as D;
  const id = newId();
  const { correlationid, id: causationid, sagaid, tracestate } = cause;
  return {
    specversion: '1.0',
    id,
    source: options.source,
    type: message.type,
    subject: definition.subjectOf(data),
    time: options.now.toISOString(),
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(definition),
    schemaversion: definition.version,
    correlationid,
    ...(causationid === undefined ? {} : { causationid }),
    sequence: String(options.sequence).padStart(10, '0'),
    hops: cause.hops + 1,
    ...(sagaid === undefined ? {} : { sagaid }),
    traceparent: createSpan({ id, type: message.type, topic: definition.topic, correlationid, causationid }, cause.traceparent),
    ...(tracestate === undefined ? {} : { tracestate }),
    data,
  };
}
