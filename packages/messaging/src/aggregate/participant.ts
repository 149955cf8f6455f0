import type { Envelope } from '@sagakit/messages/envelope';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { newId } from '@sagakit/resilience/ids';
import type { Decision } from './decision.ts';
import type { RowOf } from './rows.ts';
import type { Incoming } from '../incoming.ts';
import { type MessageWriter, toEnvelope } from '../to-envelope.ts';
import type { Outcome } from './unit.ts';

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
    started: !cancellable,
  }));
  return { messages, effects, cancels: decision.cancels.map((kind) => ({ kind, subject: row.key })) };
}

const byType = (messages: Envelope[]) =>
  Object.fromEntries(messages.map((message) => [message.type, message]));
