import type { Envelope } from '@sagakit/messages/envelope';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { newId } from '@sagakit/resilience/ids';
import type { Decision } from './decision.ts';
import type { RowOf } from './rows.ts';
import { type MessageContext, type MessageWriter, toEnvelope } from '../to-envelope.ts';
import type { Incoming, Outcome } from './unit.ts';

/** The reply that this subject gave to an earlier send of the same command. */
export function replyGiven(
  row: Pick<RowOf<unknown>, 'replies'>,
  commandType: string,
  catalogue: Catalogue,
): Envelope | undefined {
  for (const reply of catalogue.repliesTo(commandType)) {
    const given = row.replies[reply];
    if (given) return given;
  }
  return undefined;
}

/**
 * One message about one row: a command that was replied to before gets that reply again, unchanged; else the
 * pure decision is asked, its messages get the subject's next sequence numbers, and the row that follows is
 * handed to `keep`.
 */
export function handleRow<S, State = S | undefined>(
  row: RowOf<State>,
  incoming: Incoming,
  options: {
    writer: MessageWriter;
    now: Date;
    decide: (state: State, message: Envelope, now: Date) => Decision<S>;
    keep: (row: RowOf<S>, messages: Envelope[]) => void;
  },
): Outcome {
  const { message, cause } = incoming;
  const { writer, now } = options;
  const given = replyGiven(row, message.type, writer.catalogue);
  if (given) return { messages: [given], effects: [] };

  const decision = options.decide(row.state, message, now);
  if (decision.kind === 'ignored') return { messages: [], effects: [], ignored: decision.reason };

  const messages = decision.messages.map(({ cause: own, ...outgoing }, index) =>
    toEnvelope(outgoing, own ?? cause, { writer, sequence: row.sequence + index + 1, now }),
  );
  const replies = messages.filter(({ type }) => writer.catalogue.isReply(type));
  options.keep(
    {
      ...row,
      state: decision.state,
      sequence: row.sequence + messages.length,
      replies: replies.length === 0 ? row.replies : { ...row.replies, ...byType(replies) },
    },
    messages,
  );
  const effects = decision.effects.map(({ kind, request, cancellable, cause: own }) => ({
    id: newId(),
    kind,
    subject: row.key,
    request,
    cause: own ?? cause,
    attempts: 0,
    begun: !cancellable,
  }));
  return { messages, effects, cancels: decision.cancels.map((kind) => ({ kind, subject: row.key })) };
}

const byType = (messages: Envelope[]) =>
  Object.fromEntries(messages.map((message) => [message.type, message]));

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

/** The `source` of effects' results in the inbox. */
export const EFFECTS = 'effects';

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
