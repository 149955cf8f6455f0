/** The words of a decision: what a pure function about one message takes, and what it may say. */
import type { Message } from '@sagakit/messages/define';
import type { z } from 'zod';
import type { Effect } from '../effects/effect.ts';
import type { MessageContext } from '../to-envelope.ts';

export type Outgoing = Message & { cause?: MessageContext };

/**
 * Only in types: whose data it is. So a decision about one message is none about another that looks alike.
 */
declare const of: unique symbol;
type Named<Data, Name extends string> = Data & { readonly [of]?: Name };

/**
 * The data of a message, as its decision takes it: `DataOf<typeof HoldRooms>`. A plain object will do where
 * it is given.
 */
export type DataOf<Definition> = Definition extends {
  readonly type: infer T extends string;
  readonly schema: z.ZodType<infer D>;
}
  ? Named<D, T>
  : never;

/** The result of a call to the outside, as its decision takes it: `ResultOf<typeof ring>`. */
export type ResultOf<Declaration> = Declaration extends {
  readonly kind: infer K extends string;
  readonly result: z.ZodType<infer R>;
}
  ? Named<R, K>
  : never;

/** What a decision may know besides the state and the data. */
export type Context<Id extends string = string> = {
  /** What the message is about: the key of the aggregate. */
  readonly subject: Id;
  /** By the database's clock. */
  readonly now: Date;
  /**
   * The message that is decided about, for what is done in its name later (see causedBy). JSON: it may be a
   * part of the state.
   */
  readonly message: MessageContext;
  /**
   * Whether a cancellable effect of this subject waits and nobody has started it: then it may be cancelled.
   * Should it be started meanwhile, the transaction fails and is run again. Throws unless `mayCancel` names
   * it where the decision is listed.
   */
  notStarted(effect: { readonly kind: string }): boolean;
};

/** Nothing changes; by name. */
export type Ignored = { kind: 'ignored'; reason: string };

/**
 * What a decision says about one message: the state that follows and what is to be told or done; or nothing,
 * by name. `cancels` are the kinds of effects of the same subject that are not to be made; the decision knows
 * that none of them is started.
 */
export type Decision<S> =
  | { kind: 'decided'; state: S; messages: Outgoing[]; effects: Effect[]; cancels: readonly string[] }
  | Ignored;

/**
 * The message takes effect: all of it is committed together, or nothing.
 *
 * @param state what the aggregate is from now on, as a whole
 * @param messages to be told, in that order: events, and the reply if it was a command
 * @param effects calls to the outside, made after the commit
 * @param cancels declarations of effects of the same subject that are not to be made (see `notStarted`)
 */
export function decide<S>(
  state: S,
  messages: Outgoing[] = [],
  effects: Effect[] = [],
  cancels: readonly { readonly kind: string }[] = [],
): Decision<S> {
  return { kind: 'decided', state, messages, effects, cancels: cancels.map(({ kind }) => kind) };
}

/** The name is a log field and a metric label, so it is a word of a fixed set. */
export function ignore(reason: string): Ignored {
  return { kind: 'ignored', reason };
}

/**
 * The message, or the effect, belongs to an earlier request than the one being handled (an undo that had to
 * wait).
 */
export function causedBy<W extends Message | Effect>(
  cause: MessageContext,
  what: W,
): W & { cause: MessageContext } {
  return { ...what, cause };
}

/**
 * Thrown by a decision that another process must make: this one is too old (or too new) for the state that it
 * found. Nothing is parked; the process leaves, and its messages go to one that can. What is parked already
 * stays as it is when it is replayed here, and waits for one that can.
 */
export class IncompatibleReleaseError extends Error {
  override name = 'IncompatibleReleaseError';
}
