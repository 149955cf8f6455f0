import type { Envelope } from '@order-saga/contracts/envelope';
import type { CommandDefinition, Message } from '@order-saga/contracts/message';
import { DEFINITIONS } from '@order-saga/contracts/registry';
import { newId } from './random.ts';
import type { Decision } from './decision.ts';
import type { Row } from './rows.ts';
import { type Cause, seal } from './seal.ts';
import type { Incoming, Outcome } from './unit.ts';

type AnyCommand = CommandDefinition<string, unknown, Message, readonly string[]>;
const repliesTo = new Map(
  [...DEFINITIONS.values()]
    .filter((definition): definition is typeof definition & AnyCommand => definition.kind === 'command')
    .map((definition) => [definition.type, definition.replies]),
);
const replyTypes = new Set([...repliesTo.values()].flat());

/** The answer that this subject gave to an earlier send of the same command. */
export function answerGiven(row: Row<unknown>, commandType: string): Envelope | undefined {
  for (const reply of repliesTo.get(commandType) ?? []) {
    const answer = row.answers[reply];
    if (answer) return answer;
  }
  return undefined;
}

/**
 * One message about one row: a command that was answered before gets that answer again, unchanged; else the pure decision is
 * asked, its messages are sealed with the subject's next sequence numbers, and the row that follows is handed to `keep`.
 */
export function handleRow<S>(
  row: Row<S>,
  incoming: Incoming,
  options: {
    source: string;
    now: Date;
    decide: (state: S | undefined, message: Envelope, now: Date) => Decision<S>;
    keep: (row: Row<S> & { state: S }, messages: Envelope[]) => void;
  },
): Outcome {
  const { message, cause } = incoming;
  const given = answerGiven(row, message.type);
  if (given) return { messages: [given], effects: [] };

  const decision = options.decide(row.state, message, options.now);
  if (decision.kind === 'ignored') return { messages: [], effects: [], ignored: decision.reason };

  const messages = decision.messages.map(({ cause: own, ...outgoing }, index) =>
    seal(outgoing, own ?? cause, { source: options.source, sequence: row.sequence + index + 1, now: options.now }),
  );
  const answers = messages.filter(({ type }) => replyTypes.has(type));
  options.keep(
    {
      ...row,
      state: decision.state,
      sequence: row.sequence + messages.length,
      answers: answers.length === 0 ? row.answers : { ...row.answers, ...byType(answers) },
    },
    messages,
  );
  const effects = decision.effects.map(({ kind, request, droppable, cause: own }) => ({
    id: newId(),
    kind,
    subject: row.key,
    request,
    cause: own ?? cause,
    attempts: 0,
    begun: !droppable,
  }));
  return { messages, effects, drops: decision.drops.map((kind) => ({ kind, subject: row.key })) };
}

const byType = (messages: Envelope[]) => Object.fromEntries(messages.map((message) => [message.type, message]));

/** An effect's answer as an input of the batch path. Its id is the effect's, so it passes the inbox once. */
export function answerTo(
  effect: { id: string; subject: string; cause: Cause },
  type: string,
  data: unknown,
  traceparent: string,
): Incoming {
  const cause = { ...effect.cause, traceparent };
  return { message: localMessage({ id: effect.id, source: EFFECTS, type, subject: effect.subject, data }, cause), cause };
}

/** The `source` of effects' answers in the inbox. */
export const EFFECTS = 'effects';

/** An input that never was on a topic, in the form that handlers take. */
export function localMessage(
  { id, source, type, subject, data }: { id: string; source: string; type: string; subject: string; data: unknown },
  cause: Cause,
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
