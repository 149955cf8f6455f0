import type { Message } from '@order-saga/contracts/message';
import type { Cause } from './seal.ts';

/** A call to the outside, decided now, made after the commit. `request` is JSON. */
export type Effect<K extends string = string, R = unknown> = {
  kind: K;
  request: R;
  /** While it waits for its turn a later decision may drop it: so it is marked in the database before it is called, which costs a write. */
  droppable?: true;
  /** The message that asked for it, where that is not the one being decided about. */
  cause?: Cause;
};

export type Outgoing = Message & { cause?: Cause };

/**
 * What a pure handler says about one message: the state that follows and what is to be told or done; or nothing, by name. `drops` are
 * kinds of effects that were decided about the same subject and are not to be made; the handler knows that none is begun (see notBegun).
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
export function causedBy(cause: Cause, message: Message): Outgoing {
  return { ...message, cause };
}

/** Pure, by message type: `(state, message, now) -> Decision`, no await, no clock, no SQL, no logger. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each handler of the table takes its own message; the registry has checked its type
export type Handlers<S> = Readonly<Record<string, (state: S | undefined, message: any, now: Date) => Decision<S>>>;

/**
 * Thrown by a decision that another process must make: this one is too old (or too new) for the state that it found. Nothing is parked; the
 * process leaves, and its messages go to one that can.
 */
export class UndecidableHere extends Error {
  override name = 'UndecidableHere';
}
