/**
 * Spans by the messaging semantic conventions, made here and not by the usual kafkajs instrumentation, which
 * overwrites a stored `traceparent` and starts a new root for batches. One conversation is one trace:
 *
 *   create BookingRequested (PRODUCER) -> process BookingRequested (CONSUMER, in another service) -> create
 *   HoldRooms -> ...
 *
 * A conversation that is not sampled where it begins (always so without an SDK) makes no spans anywhere: only
 * its context goes on, by hand, so that every message carries one.
 */
import {
  type Attributes,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { type Envelope, TRACEPARENT } from '@sagakit/messages/envelope';
import { withoutValue } from '@sagakit/postgres/database-errors';
import { randomHex } from '@sagakit/resilience/ids';

/** Whose spans they are: attributes that no convention knows begin with the system's name. */
type System = Pick<Catalogue, 'identifier'>;

const tracer = trace.getTracer('@sagakit/messaging');

export type SpanHandle = {
  /** The context that what happens inside carries on. */
  traceparent: string;
  /** Attributes of the system's own, by their names without the system's. */
  set(attributes: Attributes): void;
  end(error?: unknown): void;
};

/** Undefined for what readers of messages would refuse, and for ids of zeros. */
export function parseTraceparent(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** A trace context of a conversation that begins here, for a process that exports nothing. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-00`;
}

/** The lowest bit of the flags, which are the last two digits. */
const isSampled = (traceparent: string) =>
  (Number.parseInt(traceparent.slice(-1), 16) & TraceFlags.SAMPLED) !== 0;

/**
 * The same trace, a span of its own. Made for every message that is not sampled, so the text is cut, not
 * parsed: who wrote or read it has checked it.
 */
const childOf = (traceparent: string) =>
  `00-${traceparent.slice(3, 35)}-${randomHex(8)}-${traceparent.slice(53)}`;

const unseen: Omit<SpanHandle, 'traceparent'> = { set() {}, end() {} };

const ownOf = ({ identifier }: System, attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`${identifier}.${name}`, value]));

function open(
  system: System,
  name: string,
  kind: SpanKind,
  attributes: () => Attributes,
  { parent, links }: { parent?: string | undefined; links?: Link[] },
): SpanHandle {
  if (parent !== undefined && !isSampled(parent)) return { ...unseen, traceparent: childOf(parent) };
  const from = parent === undefined ? undefined : parseTraceparent(parent);
  const context = from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
  const span = tracer.startSpan(
    name,
    { kind, attributes: attributes(), ...(links ? { links } : {}) },
    context,
  );
  const own = span.spanContext();
  // A client may have sampled its request where no SDK runs here: then the span is none.
  const real = isSpanContextValid(own) && own.spanId !== from?.spanId;
  return {
    traceparent: real ? formatTraceparent(own) : from ? childOf(parent as string) : newTraceparent(),
    set: (added) => void span.setAttributes(ownOf(system, added)),
    end(error) {
      if (error !== undefined) {
        span.setStatus({
          code: SpanStatusCode.ERROR,
          message: withoutValue(error),
        });
      }
      span.end();
    },
  };
}

type Described = { type: string; correlationid: string; causationid?: string | undefined };

const messaging = (
  system: System,
  operation: string,
  { type, correlationid, causationid }: Described,
  topic: string,
): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.operation.name': operation,
  'messaging.operation.type': operation,
  'messaging.destination.name': topic,
  'messaging.message.conversation_id': correlationid,
  ...ownOf(system, {
    'message.type': type,
    ...(causationid === undefined ? {} : { causation_id: causationid }),
  }),
});

/**
 * The span of one message's handling: from its batch's first statement to COMMIT. A replayed message begins a
 * trace of its own, linked to the message's; one that is only tried leaves no trace at all (its parent is not
 * sampled).
 */
export function processSpan(
  system: System,
  message: Envelope,
  from: { topic: string; partition: number; offset: string },
  consumer: string,
  mode?: 'replayed' | 'tried',
): SpanHandle {
  return open(
    system,
    `process ${message.type}`,
    SpanKind.CONSUMER,
    () => ({
      ...messaging(system, 'process', message, from.topic),
      'messaging.message.id': message.id,
      'messaging.consumer.group.name': consumer,
      'messaging.destination.partition.id': String(from.partition),
      'messaging.kafka.offset': Number(from.offset),
      ...(mode === undefined ? {} : ownOf(system, { replay: mode })),
    }),
    placeOf(message.traceparent, mode),
  );
}

function placeOf(
  traceparent: string,
  mode: 'replayed' | 'tried' | undefined,
): { parent?: string; links?: Link[] } {
  if (mode === undefined) return { parent: traceparent };
  return mode === 'tried' ? { parent: newTraceparent() } : { links: linksTo([traceparent]) };
}

const MAX_LINKS = 128;

const linksTo = (traceparents: readonly string[]): Link[] =>
  traceparents.slice(0, MAX_LINKS).flatMap((traceparent) => {
    const context = parseTraceparent(traceparent);
    return context ? [{ context }] : [];
  });

/** The span of what is no message: an effect's result, a deadline, an operator's word. */
export function internalSpan(
  system: System,
  name: string,
  correlationid: string,
  parent: string,
): SpanHandle {
  const attributes = () => ({ 'messaging.message.conversation_id': correlationid });
  return open(system, name, SpanKind.INTERNAL, attributes, { parent });
}

/** The span of a call to the outside. */
export function effectSpan(system: System, kind: string, correlationid: string, parent: string): SpanHandle {
  const attributes = () => ({
    ...ownOf(system, { effect: kind }),
    'messaging.message.conversation_id': correlationid,
  });
  return open(system, `effect ${kind}`, SpanKind.CLIENT, attributes, { parent });
}

/** The creation of one message; its context is what the outbox stores and the consumer continues. */
export function createSpan(
  system: System,
  message: {
    id: string;
    type: string;
    topic: string;
    correlationid: string;
    causationid?: string | undefined;
  },
  parent: string,
): string {
  const span = open(
    system,
    `create ${message.type}`,
    SpanKind.PRODUCER,
    () => ({
      ...messaging(system, 'create', message, message.topic),
      'messaging.message.id': message.id,
    }),
    { parent },
  );
  span.end();
  return span.traceparent;
}

/**
 * One send of the relay may carry messages of many subjects: it stands in the trace of the first that is
 * sampled, and is linked to the others. As a root it would be a trace of one span, and there would be more of
 * those than of conversations.
 */
export function sendSpan(system: System, traceparents: readonly string[]): Pick<SpanHandle, 'end'> {
  const [first, ...others] = traceparents.filter(isSampled);
  if (first === undefined) return unseen;
  return open(
    system,
    'send outbox',
    SpanKind.CLIENT,
    () => ({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': traceparents.length,
    }),
    { parent: first, links: linksTo(others) },
  );
}
