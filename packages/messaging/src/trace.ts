/**
 * Spans by the messaging semantic conventions, made here and not by the stock kafkajs instrumentation, which overwrites a
 * stored `traceparent` and starts a new root for batches. One order is one trace:
 *
 *   create OrderPlaced (PRODUCER) -> process OrderPlaced (CONSUMER, in the orchestrator) -> create ReserveInventory -> ...
 *
 * Without an SDK the spans record nothing, and the trace context is made by hand, so that every message carries one.
 */
import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Envelope } from '@order-saga/contracts/envelope';
import { randomHex } from './random.ts';

const tracer = trace.getTracer('@order-saga/messaging');

export type SpanHandle = {
  /** The context that what happens inside carries on. */
  traceparent: string;
  set(attributes: Attributes): void;
  end(error?: unknown): void;
};

export function parseTraceparent(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparent.split('-');
  if (!traceId || !spanId || !flags) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** A trace context of a story that begins here, for a process that exports nothing. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-00`;
}

function parentContext(traceparent: string | undefined): { context: Context; parent: SpanContext | undefined } {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return { context: parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT, parent };
}

function open(name: string, kind: SpanKind, attributes: Attributes, traceparent: string | undefined, links?: Link[]) {
  const { context, parent } = parentContext(traceparent);
  const span = tracer.startSpan(name, links ? { kind, attributes, links } : { kind, attributes }, context);
  return handle(span, parent);
}

function handle(span: Span, parent: SpanContext | undefined): SpanHandle {
  const own = span.spanContext();
  const real = isSpanContextValid(own) && own.spanId !== parent?.spanId;
  const spanId = () => randomHex(8);
  return {
    traceparent: real ? formatTraceparent(own) : parent ? formatTraceparent({ ...parent, spanId: spanId() }) : newTraceparent(),
    set: (attributes) => void span.setAttributes(attributes),
    end(error) {
      if (error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      }
      span.end();
    },
  };
}

const messaging = (operation: string, type: string, topic: string, correlationid: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.operation.name': operation,
  'messaging.operation.type': operation,
  'messaging.destination.name': topic,
  'messaging.message.conversation_id': correlationid,
  'order_saga.message.type': type,
});

/**
 * The span of one message's handling: from its batch's first statement to COMMIT. A replayed message begins a trace of its own, linked to
 * the message's; one that is only tried leaves no trace at all (its parent is not sampled).
 */
export function processSpan(
  message: Envelope,
  from: { topic: string; partition: number; offset: string; consumer: string },
  mode?: 'replayed' | 'tried',
): SpanHandle {
  const origin = parseTraceparent(message.traceparent);
  const [parent, links] =
    mode === undefined
      ? [message.traceparent]
      : mode === 'tried'
        ? [newTraceparent()]
        : [undefined, origin ? [{ context: origin }] : []];
  return open(
    `process ${message.type}`,
    SpanKind.CONSUMER,
    {
      ...messaging('process', message.type, from.topic, message.correlationid),
      'messaging.message.id': message.id,
      'messaging.consumer.group.name': from.consumer,
      'messaging.destination.partition.id': String(from.partition),
      'messaging.kafka.offset': Number(from.offset),
      ...(message.causationid === undefined ? {} : { 'order_saga.causation_id': message.causationid }),
      ...(mode === undefined ? {} : { 'order_saga.replay': mode }),
    },
    parent,
    links,
  );
}

/** The span of what is no message: an effect's answer, a deadline, an operator's word. */
export function internalSpan(name: string, correlationid: string, traceparent: string): SpanHandle {
  return open(name, SpanKind.INTERNAL, { 'messaging.message.conversation_id': correlationid }, traceparent);
}

/** The span of a call to the outside (payment provider, mail server). */
export function effectSpan(kind: string, correlationid: string, traceparent: string): SpanHandle {
  const attributes = { 'order_saga.effect': kind, 'messaging.message.conversation_id': correlationid };
  return open(`effect ${kind}`, SpanKind.CLIENT, attributes, traceparent);
}

/** The creation of one message; its context is what the outbox stores and the consumer continues. */
export function createSpan(
  message: { id: string; type: string; topic: string; correlationid: string; causationid?: string | undefined },
  traceparent: string | undefined,
): string {
  const span = open(
    `create ${message.type}`,
    SpanKind.PRODUCER,
    {
      ...messaging('create', message.type, message.topic, message.correlationid),
      'messaging.message.id': message.id,
      ...(message.causationid === undefined ? {} : { 'order_saga.causation_id': message.causationid }),
    },
    traceparent,
  );
  span.end();
  return span.traceparent;
}

const MAX_LINKS = 128;

/** One send of the relay carries messages of many orders: it is linked to each and belongs to none. */
export function sendSpan(traceparents: string[]): SpanHandle {
  const links = traceparents.slice(0, MAX_LINKS).flatMap((traceparent) => {
    const context = parseTraceparent(traceparent);
    return context ? [{ context }] : [];
  });
  return open(
    'send outbox',
    SpanKind.CLIENT,
    {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': traceparents.length,
    },
    undefined,
    links,
  );
}
