/** A parked message without what is marked as personal or secret (see messages/personal.ts). */
import type { ShownHeader } from '@sagakit/kafka/headers';
import { CUT } from '@sagakit/messages/mask-value';
import type { Described, Masks } from '@sagakit/messages/personal';
import type { z } from 'zod';
import type { WholeDeadLetter } from './dead-letters.ts';
import { isEffect } from './effect-topic.ts';

/** What calls to the outside ask for, as documents beside the messages. */
export const requestsOf = (
  effects: readonly { readonly kind: string; readonly request: z.ZodType }[],
): Described[] => effects.map(({ kind, request }) => ({ name: requestOf(kind), schema: request }));

/** No message has that type. */
const requestOf = (kind: string) => `the request of ${kind}`;

/** The headers that every message has, and which say nothing of anybody. */
export const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'event-type',
  'source',
  'correlation-id',
  'traceparent',
]);

/** The same, where nothing in it is marked. */
export function maskDeadLetter(deadLetter: WholeDeadLetter, masks: Masks): WholeDeadLetter {
  const { value, topic, headers } = deadLetter;
  const masked =
    value === null ? null : isEffect(topic) ? maskEffect(value, masks) : masks.text(value, topic);
  const hides = masks.isClosed(topic) && headers.some(({ name }) => !PLAIN_HEADERS.has(name));
  if (masked === value && !hides) return deadLetter;
  return {
    ...deadLetter,
    value: masked,
    valueBase64: masked === null ? null : base64(masked),
    ...(hides ? { headers: headers.map(maskHeader) } : {}),
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

const maskHeader = (header: ShownHeader): ShownHeader =>
  PLAIN_HEADERS.has(header.name) || header.value === null
    ? header
    : { ...header, value: CUT, valueBase64: base64(CUT) };

/** A call that was given up is parked as it was stored. */
function maskEffect(value: string, masks: Masks): string {
  try {
    const { request, ...effect } = JSON.parse(value) as { kind: string; request: unknown };
    return JSON.stringify({ ...effect, request: masks.data(requestOf(effect.kind), request) });
  } catch {
    return masks.text(value);
  }
}
