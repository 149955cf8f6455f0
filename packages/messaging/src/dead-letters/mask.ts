/** A parked message without what is marked as personal or secret (see messages/personal.ts). */
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

/** The same, where nothing in it is marked. */
export function maskDeadLetter(deadLetter: WholeDeadLetter, masks: Masks): WholeDeadLetter {
  const { value, topic } = deadLetter;
  if (value === null) return deadLetter;
  const masked = isEffect(topic) ? maskEffect(value, masks) : masks.text(value);
  if (masked === value) return deadLetter;
  return { ...deadLetter, value: masked, valueBase64: Buffer.from(masked).toString('base64') };
}

/** A call that was given up is parked as it was stored. */
function maskEffect(value: string, masks: Masks): string {
  try {
    const { request, ...effect } = JSON.parse(value) as { kind: string; request: unknown };
    return JSON.stringify({ ...effect, request: masks.data(requestOf(effect.kind), request) });
  } catch {
    return masks.text(value);
  }
}
