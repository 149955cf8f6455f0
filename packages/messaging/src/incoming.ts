/** What the batch path takes: a message of Kafka, the result of a call, a deadline, an operator's word. */
import type { Envelope } from '@sagakit/messages/envelope';
import type { MessageContext } from './to-envelope.ts';

export type Incoming = {
  message: Envelope;
  /**
   * What its consequences carry on. For a message it is the message itself, for a result the command that
   * asked.
   */
  cause: MessageContext;
  /** Where it came from; absent for what did not come from Kafka. */
  partition?: number;
};

/** An input that never was on a topic, in the form that handlers take. */
export function localMessage(
  {
    id,
    source,
    type,
    subject,
    data,
  }: { id: string; source: string; type: string; subject: string; data: unknown },
  cause: MessageContext,
): Envelope {
  return {
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    data,
    time: '',
    sequence: '',
    correlationid: cause.correlationid,
    hops: Math.max(0, cause.hops),
    traceparent: cause.traceparent,
    ...(cause.id === undefined ? {} : { causationid: cause.id }),
    ...(cause.sagaid === undefined ? {} : { sagaid: cause.sagaid }),
  };
}
