import { type Incoming, localMessage } from '../incoming.ts';
import type { MessageContext } from '../to-envelope.ts';

/** The `source` of effects' results in the inbox. */
export const EFFECTS = 'effects';

/** A call's result as an input of the batch path. Its id is the effect's, so it passes the inbox once. */
export function resultOf(
  effect: { id: string; subject: string; cause: MessageContext },
  type: string,
  data: unknown,
  traceparent: string,
): Incoming {
  const cause = { ...effect.cause, traceparent };
  return {
    message: localMessage({ id: effect.id, source: EFFECTS, type, subject: effect.subject, data }, cause),
    cause,
  };
}
