import type { Envelope } from '@sagakit/messages/envelope';
import type { Message } from '@sagakit/messages/define';
import type { MessageContext } from '../to-envelope.ts';

/** A call to the outside, decided now, made after the commit. `request` is JSON. */
export type Effect<K extends string = string, R = unknown> = {
  kind: K;
  request: R;
  /** While it waits for its turn a later decision may drop it: so it is marked in the database before it is called, which costs a write. */
  cancellable?: true;
  /** The message that asked for it, where that is not the one being decided about. */
  cause?: MessageContext;
};

export type Outgoing = Message & { cause?: MessageContext };

/**
 * What a pure handler says about one message: the state that follows and what is to be told or done; or nothing, by name. `drops` are
 * kinds of effects that were decided about the same subject and are not to be made; the handler knows that none is begun (see notStarted).
 */
export type Decision<S> =
  | { kind: 'decided'; state: S; messages: Outgoing[]; effects: Effect[]; drops: readonly string[] }
  | { kind: 'ignored'; reason: string };

export function decide<S>(
  state: S,
  messages: Outgoing[] = [],
  effects: Effect[] = [],
  drops: readonly string[] = [],
): Decision<S> {
  return { kind: 'decided', state, messages, effects, drops };
}

/** Nothing changes. The name is a log field and a metric label, so it is a word of a fixed set. */
export function ignore(reason: string): Decision<never> {
  return { kind: 'ignored', reason };
}

/** The message belongs to an earlier request than the one being handled (an undo that had to wait). */
export function causedBy(cause: MessageContext, message: Message): Outgoing {
  return { ...message, cause };
}

/**
 * Pure decisions `(state, message, now) -> outcome`, one per type of `M`: leaving one out does not compile, nor does one that takes another
 * message. No await, no clock, no SQL, no logger.
 */
export type ByType<M extends Envelope, State, Outcome> = {
  readonly [T in M['type']]: (state: State, message: Extract<M, { type: T }>, now: Date) => Outcome;
};

/** Asks the decision that the message's type names. Undefined: there is none. */
export function byType<M extends Envelope, State, Outcome>(
  decisions: ByType<M, State, Outcome>,
): (state: State, message: Envelope, now: Date) => Outcome | undefined {
  // The types end where messages come in: that a message's data fits its type was checked when it was read.
  const erased = decisions as Readonly<Record<string, (state: State, message: never, now: Date) => Outcome>>;
  return (state, message, now) => erased[message.type]?.(state, message as never, now);
}

/**
 * Thrown by a decision that another process must make: this one is too old (or too new) for the state that it found. Nothing is parked; the
 * process leaves, and its messages go to one that can.
 */
export class IncompatibleReleaseError extends Error {
  override name = 'IncompatibleReleaseError';
}
