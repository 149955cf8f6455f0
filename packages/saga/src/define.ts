/**
 * A saga's definition reads top to bottom as the happy path and bottom to top as the undo. It is a chain:
 * what a step learns is typed for the steps after it, and after `pointOfNoReturn` a step can neither be
 * refused nor undone.
 *
 * In a step the keys stand in the order send, on, undo, within: inference runs in that order.
 */
import type { Command, Message, MessageDefinition, Unrefusable } from '@sagakit/messages/define';
import type { Done, JsonObject, Nothing, Refused, Why } from './state.ts';

/** One entry per possible reply: leaving one out does not compile. */
type On<R extends Message, Outcome> = {
  [Name in R['type']]: (reply: Extract<R, { type: Name }>['data']) => Outcome;
};

type AnyCommand<R extends Message> = Command<string, unknown, R>;

export type ReversibleStep<S, R extends Message, L, Reason extends string = string> = {
  send: (o: S) => AnyCommand<R>;
  on: On<R, Done<L> | Refused<Reason>>;
  /** What the step learned is optional here: it may have timed out. */
  undo: ((o: S & Partial<NoInfer<L>>) => Unrefusable) | Nothing;
  /** Milliseconds until it has timed out and the saga turns back: `minutes(2)`. */
  within: number;
};

export type FinalStep<S, R extends Message, L> = {
  send: (o: S) => AnyCommand<R>;
  on: On<R, Done<L>>;
  undo?: never;
  /** Milliseconds until its command is sent again: `minutes(2)`. */
  within: number;
};

/** A step with its types erased, as `react` runs it. */
export type Step = {
  name: string;
  send: (data: JsonObject) => AnyCommand<Message>;
  on: Readonly<Record<string, (reply: unknown) => Done<JsonObject> | Refused>>;
  undo: ((data: JsonObject) => Unrefusable) | Nothing;
  /** Milliseconds until it has timed out. */
  within: number;
  beforeNoReturn: boolean;
};

export type SagaDefinition = {
  readonly name: string;
  readonly version: number;
  readonly startsOn: MessageDefinition;
  /** The message that cancels it. The saga that starts on it begins once this one is complete. */
  readonly cancelledBy?: MessageDefinition;
  readonly begin: (data: unknown) => JsonObject;
  /** Fields of its data that are emptied when it has ended: what is in them is secret. */
  readonly forgets?: readonly string[];
  readonly steps: readonly Step[];
  readonly whenUndone: ((data: JsonObject, why: Why) => Unrefusable) | Nothing;
  readonly whenUndoneWithin: number;
};

type Reversible<S, Reason extends string> = SagaDefinition & {
  /** Fields of what it began with that are emptied when it has ended: what is in them is secret. */
  forgetting(...fields: (keyof S & string)[]): Reversible<S, Reason>;
  step<R extends Message, L>(name: string, step: ReversibleStep<S, R, L, Reason>): Reversible<S & L, Reason>;
  pointOfNoReturn(): Final<S>;
};
type Final<S> = SagaDefinition & {
  step<R extends Message, L>(name: string, step: FinalStep<S, R, L>): Final<S & L>;
};

type Head<D, S, Reason extends string> = {
  name: string;
  version: number;
  startsOn: ((data: D) => Message<string, D>) & MessageDefinition;
  cancelledBy?: MessageDefinition;
  /** All reasons with which its steps may be refused. */
  refusals?: readonly Reason[];
  begin: (started: D) => S;
  /** Told when everything is undone; acknowledged and sent again like an undo. */
  whenUndone: ((o: S, why: Why<Reason>) => Unrefusable) | Nothing;
};

/** In milliseconds, for `within`. */
export const minutes = (n: number): number => n * 60_000;

export const WHEN_UNDONE = 'when-undone';

/**
 * Begins a saga's definition; `.step(name, ...)` adds its steps, in their order, and `.pointOfNoReturn()`
 * stands before those that can neither be refused nor undone. Each gives a new definition. `.step` throws if
 * two steps have one name, or one type of reply.
 *
 * @param head.version raised where its steps change while sagas of it run: the one before goes on beside it
 * (see release.ts)
 * @param head.startsOn the event that begins one; its subject is the saga's key
 * @param head.begin what the saga knows from the event: JSON, and what `send` of the steps is given
 */
export function defineSaga<D, S extends object, Reason extends string = never>(
  head: Head<D, S, Reason>,
): Reversible<S, Reason> {
  return extend(
    { ...(head as unknown as Omit<SagaDefinition, 'steps'>), steps: [], whenUndoneWithin: minutes(2) },
    true,
  ) as Reversible<S, Reason>;
}

function extend(definition: SagaDefinition, reversible: boolean): SagaDefinition {
  return Object.freeze({
    ...definition,
    step: (name: string, step: Omit<Step, 'name' | 'beforeNoReturn'>) => {
      check(definition, name, step);
      const undo = step.undo ?? { kind: 'nothing' as const, because: 'it is past the point of no return' };
      return extend(
        { ...definition, steps: [...definition.steps, { ...step, undo, name, beforeNoReturn: reversible }] },
        reversible,
      );
    },
    forgetting: (...forgets: string[]) => extend({ ...definition, forgets }, reversible),
    pointOfNoReturn: () => extend(definition, false),
  });
}

/** Replies are matched by type, so a type may answer one thing only. Throws when the definition is made. */
function check(definition: SagaDefinition, name: string, step: { on: object }): void {
  if (name === WHEN_UNDONE) throw new Error(`a step cannot be called ${WHEN_UNDONE}`);
  for (const before of definition.steps) {
    if (before.name === name) throw new Error(`${definition.name} has two steps ${name}`);
    const shared = Object.keys(step.on).find((type) => type in before.on);
    if (shared) throw new Error(`${definition.name}: ${shared} answers both ${before.name} and ${name}`);
  }
}

/**
 * The same definition with another deadline for every step: demonstrations and tests need seconds, not
 * minutes.
 */
export function withDeadline(definition: SagaDefinition, ms: number | undefined): SagaDefinition {
  if (ms === undefined) return definition;
  return {
    ...definition,
    whenUndoneWithin: ms,
    steps: definition.steps.map((step) => ({ ...step, within: ms })),
  };
}
