/** A parked message without what is marked as personal or secret (see messages/personal.ts). */
import type { ShownHeader } from '@sagakit/kafka/headers';
import { CUT } from '@sagakit/messages/mask-value';
import type { Described, Masks } from '@sagakit/messages/personal';
import type { z } from 'zod';
import type { DeadLetter, WholeDeadLetter } from './dead-letters.ts';
import { effectKind, isEffect } from './effect-topic.ts';

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

/** The same, where nothing in it is marked and it is of a type that holds nothing marked. */
export function maskDeadLetter(deadLetter: WholeDeadLetter, masks: Masks): WholeDeadLetter {
  const { value, topic, headers } = deadLetter;
  const masked =
    value === null ? null : isEffect(topic) ? maskEffect(value, masks) : masks.text(value, topic);
  const hides = masks.isClosed(topic) && headers.some(({ name }) => !PLAIN_HEADERS.has(name));
  if (masked === value && !hides) return mayHold(deadLetter, masks) ? withoutWords(deadLetter) : deadLetter;
  return {
    ...withoutWords(deadLetter),
    value: masked,
    valueBase64: masked === null ? null : base64(masked),
    ...(hides ? { headers: headers.map(maskHeader) } : {}),
  };
}

/** What is said of one beside what was received. */
type Said = Pick<DeadLetter, 'topic' | 'reason' | 'error'> & { type?: string | undefined };

/**
 * In a list or a log, where nothing of what was received is there. What no schema describes is shown without
 * words too: whether anything in it is masked is seen only where it is looked at.
 */
export const maskListed = <Shown extends Said>(deadLetter: Shown, masks: Masks): Shown =>
  mayHold(deadLetter, masks) === false ? deadLetter : withoutWords(deadLetter);

/** By where it lay and its type alone. */
const mayHold = ({ topic, type = '' }: Said, masks: Masks): boolean | undefined =>
  masks.isClosed(topic) || masks.mayHold(isEffect(topic) ? requestOf(effectKind(topic)) : type);

/**
 * The words about what is wrong may quote it: PostgreSQL's do, and a decision that throws may. The reason is
 * one of a closed set.
 */
const withoutWords = <Shown extends Said>(deadLetter: Shown): Shown => ({
  ...deadLetter,
  error: `${deadLetter.reason}; its words are withheld: they may quote what is personal or secret`,
});

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
