/**
 * An aggregate is a declaration: where its state is kept, and which message goes to which decision. What it
 * listens to and what it decides is one list; the rest (versions, sequences, replies that are given again,
 * the outbox) is made of it.
 */
import type { Envelope } from '@sagakit/messages/envelope';
import type { Erasure, MessageDefinition } from '@sagakit/messages/define';
import type { Statement } from '@sagakit/postgres/statement';
import type { Tx } from '@sagakit/postgres/transaction';
import type { EffectDeclaration } from '../effects/effect.ts';
import { notStarted } from '../effects/effect-rows.ts';
import type { Incoming } from '../incoming.ts';
import type { MessageWriter } from '../to-envelope.ts';
import type { Context, DataOf, Decision, ResultOf } from './decision.ts';
import { handleRow } from './participant.ts';
import type { Store } from './store.ts';
import type { Aggregate, Outcome } from './unit.ts';

/** What a decision changed. `input`: the type of what it was about. */
export type Change<S> = {
  key: string;
  input: string;
  state: S;
  messages: readonly Envelope[];
  now: Date;
};

/** A message that was decided: its data, the state that it led to, and when. */
export type DecidedMessage<Definition, S> = { data: DataOf<Definition>; state: S; now: Date };

/** The rows of one transaction, and what is decided about them. */
export type Opened<Id extends string, State, Out> = {
  stateOf(message: Envelope): State;
  decide(incoming: Incoming, now: Date, decision: (state: State, context: Context<Id>) => Out): Outcome;
  /** The decision of the list. */
  handle(incoming: Incoming, now: Date): Outcome;
  save(): Statement[];
};

/** An aggregate as a service declares it. */
export type Declared = {
  readonly handles: readonly MessageDefinition[];
  /** The calls to the outside whose results it decides about. */
  readonly results: readonly EffectDeclaration[];
  /**
   * As a part of the batch path. Throws if it hears what can be taken back, and nobody decides about that.
   */
  bind(writer: MessageWriter): Aggregate;
};

/**
 * @typeParam State what a decision is given
 * @typeParam Out what it says
 */
export type Declaration<S, Id extends string, State, Out> = Declared & {
  /**
   * Lists a message and the decision about it.
   *
   * @param options.mayCancel effects that the decision may cancel: which of them are not started is then
   * looked up in the trip that locks the rows
   */
  on<Definition extends MessageDefinition>(
    definition: Definition,
    decision: (state: State, data: DataOf<Definition>, context: Context<Id>) => Out,
    options?: { mayCancel?: readonly EffectDeclaration[] },
  ): Declaration<S, Id, State, Out>;
  /**
   * Lists what is decided when what such a message said is taken back: a record of its key without a value.
   * An aggregate that listens to a message that can be taken back says what that means.
   *
   * @param forget what else is to be forgotten of these subjects, in the same transaction
   */
  onErased(
    definition: { readonly erasure: Erasure<Id> },
    decision: (state: State, data: object, context: Context<Id>) => Out,
    forget?: (keys: readonly string[]) => Statement[],
  ): Declaration<S, Id, State, Out>;
  /** Lists a call to the outside and the decision about its result. */
  onResult<Effect extends EffectDeclaration>(
    effect: Effect,
    decision: (state: State, result: ResultOf<Effect>, context: Context<Id>) => Out,
  ): Declaration<S, Id, State, Out>;
  /**
   * Rows to be written beside the state whenever such a message is decided: a ledger, in the same
   * transaction.
   */
  record<Definition extends MessageDefinition>(
    definition: Definition,
    write: (decided: readonly DecidedMessage<Definition, S>[]) => Statement[],
  ): Declaration<S, Id, State, Out>;
  /** Loads what the inputs touch. Its statements are issued synchronously, so that they share a trip. */
  open(tx: Tx, incoming: readonly Incoming[], writer: MessageWriter): Promise<Opened<Id, State, Out>>;
  /** The conversation (correlation id) that a change from outside belongs to; undefined: one of its own. */
  conversationOf(state: S): string | undefined;
};

type Entry<Id extends string, State, Out> = {
  decide: (state: State, data: never, context: Context<Id>) => Out;
  mayCancel: readonly EffectDeclaration[];
};

/** The list so far. */
type List<S, Id extends string, State, Out> = {
  store: Store<S, Id, State>;
  /** What a decision's word means for the row. */
  toDecision: (state: State, out: Out) => Decision<S>;
  conversationOf: (state: S) => string | undefined;
  handles: readonly MessageDefinition[];
  results: readonly EffectDeclaration[];
  /** By the input's type. */
  entries: ReadonlyMap<string, Entry<Id, State, Out>>;
  journals: readonly ((changes: readonly Change<S>[]) => Statement[])[];
};

/** One kind of subject, kept in `table`; a decision says which state follows. */
export function aggregate<S, Id extends string, State>({
  table,
}: {
  table: Store<S, Id, State>;
}): Declaration<S, Id, State, Decision<S>> {
  return declare({
    ...EMPTY,
    store: table,
    toDecision: (_, decision) => decision,
    conversationOf: () => undefined,
  });
}

/** A list of nothing yet. */
export const EMPTY = { handles: [], results: [], entries: new Map(), journals: [] };

export function declare<S, Id extends string, State, Out>(
  list: List<S, Id, State, Out>,
): Declaration<S, Id, State, Out> {
  const { handles, results, entries, journals } = list;
  const withEntry = (type: string, entry: Entry<Id, State, Out>) => {
    if (entries.has(type)) throw new Error(`there are two decisions about ${type}`);
    return new Map([...entries, [type, entry]]);
  };
  const open = (tx: Tx, incoming: readonly Incoming[], writer: MessageWriter) =>
    openList(list, tx, incoming, writer);
  return {
    handles,
    results,
    open,
    conversationOf: list.conversationOf,
    // Here the types of the data end: what comes in under a type was checked by that type's schema.
    on: (definition, decision, { mayCancel = [] } = {}) =>
      declare({
        ...list,
        handles: [...handles, definition],
        entries: withEntry(definition.type, { decide: decision, mayCancel }),
      }),
    onErased: ({ erasure: { type } }, decision, forget = () => []) =>
      declare({
        ...list,
        entries: withEntry(type, { decide: decision, mayCancel: [] }),
        journals: [
          ...journals,
          (changes) => forget(changes.flatMap(({ input, key }) => (input === type ? [key] : []))),
        ],
      }),
    onResult: (effect, decision) =>
      declare({
        ...list,
        results: [...results, effect],
        entries: withEntry(effect.resultType, { decide: decision, mayCancel: [] }),
      }),
    record: ({ type }, write) =>
      declare({
        ...list,
        journals: [
          ...journals,
          (changes) =>
            write(
              changes.flatMap(({ messages, state, now }) =>
                messages
                  .filter((message) => message.type === type)
                  .map(({ data }) => ({ data: data as never, state, now })),
              ),
            ),
        ],
      }),
    bind(writer) {
      for (const { type, erasure } of handles)
        if (erasure && !entries.has(erasure.type))
          throw new Error(`nobody decides what it means that a ${type} is taken back (onErased)`);
      return {
        handles,
        local: results.map(({ resultType }) => resultType),
        load: (tx, incoming) => open(tx, incoming, writer),
      };
    },
  };
}

async function openList<S, Id extends string, State, Out>(
  { store, entries, journals, toDecision }: List<S, Id, State, Out>,
  tx: Tx,
  incoming: readonly Incoming[],
  writer: MessageWriter,
): Promise<Opened<Id, State, Out>> {
  // Issued together: one trip to the database. The second looks when the rows are locked.
  const [rows, waiting] = await Promise.all([
    store.load(tx, incoming),
    waitingEffects(tx, incoming, entries),
  ]);
  const changes: Change<S>[] = [];

  function decide(
    input: Incoming,
    now: Date,
    decision: (state: State, context: Context<Id>) => Out,
    mayCancel: readonly EffectDeclaration[] = [],
  ): Outcome {
    const { message, cause } = input;
    const context: Context<Id> = {
      subject: message.subject as Id,
      now,
      message: cause,
      notStarted({ kind }) {
        if (mayCancel.some((effect) => effect.kind === kind))
          return waiting.get(kind)?.has(message.subject) ?? false;
        throw new Error(`the decision about ${message.type} is not listed with mayCancel: [${kind}]`);
      },
    };
    const outcome = handleRow<S, State>(rows.get(message), input, {
      writer,
      now,
      decide: (state) => toDecision(state, decision(state, context)),
      keep(row, messages) {
        rows.set(row);
        if (journals.length > 0)
          changes.push({ key: row.key, input: message.type, state: row.state, messages, now });
      },
    });
    for (const { kind, started } of outcome.effects) if (!started) waiting.get(kind)?.add(message.subject);
    for (const { kind } of outcome.cancels ?? []) waiting.get(kind)?.delete(message.subject);
    return outcome;
  }

  return {
    decide,
    stateOf: (message) => rows.get(message).state,
    handle(input, now) {
      const { type, data } = input.message;
      const entry = entries.get(type);
      if (!entry) throw new Error(`there is no decision about ${type}`);
      return decide(
        input,
        now,
        (state, context) => entry.decide(state, data as never, context),
        entry.mayCancel,
      );
    },
    save: () => [...rows.save(), ...journals.flatMap((journal) => journal(changes))],
  };
}

/** By kind the subjects whose effect is not started, of those for which a decision may want to know. */
async function waitingEffects(
  tx: Tx,
  incoming: readonly Incoming[],
  entries: ReadonlyMap<string, Pick<Entry<string, unknown, unknown>, 'mayCancel'>>,
): Promise<Map<string, Set<string>>> {
  const kinds = new Set([...entries.values()].flatMap(({ mayCancel }) => mayCancel.map(({ kind }) => kind)));
  const asked = (kind: string) =>
    incoming.filter(({ message: { type } }) =>
      entries.get(type)?.mayCancel.some((effect) => effect.kind === kind),
    );
  return new Map(
    await Promise.all(
      [...kinds].map(async (kind) => {
        const subjects = [...new Set(asked(kind).map(({ message }) => message.subject))];
        return [kind, await notStarted(tx, kind, subjects)] as const;
      }),
    ),
  );
}
