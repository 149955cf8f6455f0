import type { IncomingHttpHeaders } from 'node:http';
import { formatTraceparent, newTraceparent, parseTraceparent } from '@sagakit/messaging/trace';
import { isSpanContextValid, trace } from '@opentelemetry/api';

/**
 * The trace that a request belongs to: the server span's; without an SDK the client's own header, or a new
 * one.
 */
export function requestTraceparent(headers: IncomingHttpHeaders): string {
  const active = trace.getActiveSpan()?.spanContext();
  if (active && isSpanContextValid(active)) return formatTraceparent(active);
  const given = headers['traceparent'];
  return typeof given === 'string' && parseTraceparent(given) ? given : newTraceparent();
}
