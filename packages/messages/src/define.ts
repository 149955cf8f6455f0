import type { z } from 'zod';

/**
 * Only in types: a message is made by its definition, which knows what its data must be; no literal is one.
 */
declare const made: unique symbol;

/**
 * What a decision hands out: the bare fact or request. The runtime puts it into an envelope (ids, sequence,
 * trace).
 */
export type Message<T extends string = string, D = unknown> = {
  readonly type: T;
  readonly data: D;
  readonly [made]: true;
};

/**
 * A kind of message; its schema is checked when a message is written and when it is read. Whoever knows only
 * this much cannot make one: what makes messages takes their own data (EventDefinition, CommandDefinition),
 * and a call signature here would accept whatever it is given.
 */
export type MessageDefinition<T extends string = string, D = unknown> = {
  readonly type: T;
  readonly kind: 'event' | 'command';
  readonly topic: string;
  /**
   * Of the schema, as envelopes name it: "1.0" of all that `event` and `command` make. A new field is
   * optional, and who does not know it ignores it; a breaking change is a new type.
   */
  readonly version: string;
  readonly schema: z.ZodType<D>;
  /** The record key and the envelope's subject: what the message is about. */
  subjectOf(data: D): string;
  /** What was said can be taken back by a record of the same key without a value. Absent: it cannot. */
  readonly erasure?: Erasure;
  /**
   * For who reads: false of what is of no concern to it. Then the message is as one of a type that it does
   * not handle: nothing else of it is looked at. Absent: all are.
   */
  concerns?(data: unknown): boolean;
};

/**
 * A record without a value on a compacted topic: what was said last under its key is to be forgotten. It has
 * no envelope, hence no id, sequence or data; its key says what it is about, and headers the rest.
 */
export type Erasure<Id extends string = string> = {
  /** How it is called where it is handled, counted and logged: `GuestProvidedErased`. */
  readonly type: string;
  readonly topic: string;
  /** What a key must be. */
  readonly key: z.ZodType<Id>;
};

/** The message that a definition makes: `MessageOf<typeof BookingRequested>`. */
export type MessageOf<Definition> = Definition extends ((data: never) => infer M extends Message) ? M : never;

/** Calling it makes an event of this kind. */
export type EventDefinition<T extends string, D> = ((data: D) => Message<T, D>) & MessageDefinition<T, D>;

/** An event that can be taken back. */
export type ErasableEvent<T extends string, D, Id extends string> = EventDefinition<T, D> & {
  readonly erasure: Erasure<Id>;
};

/**
 * A request to one participant. `replies` are the names of all its possible replies, `answeredBy` carries
 * their types (it never holds a value), so that a saga's step cannot leave a reply out.
 */
export type Command<
  T extends string = string,
  D = unknown,
  R extends Message = Message,
  Names extends readonly string[] = readonly string[],
> = Message<T, D> & { readonly replies: Names; readonly answeredBy?: R | undefined };

export type CommandDefinition<T extends string, D, R extends Message, Names extends readonly string[]> = ((
  data: D,
) => Command<T, D, R, Names>) &
  MessageDefinition<T, D> & {
    readonly replies: Names;
    /** It takes back what another command did, in whatever order the two arrive: it waits behind nothing. */
    readonly undo: boolean;
  };

/** A command with exactly one possible reply: the only kind that may undo a step. */
export type Unrefusable = Command<string, unknown, Message, readonly [string]>;

type Subject<D> = (data: D) => string;

/**
 * Declares an event. What it returns is called to make one: `BookingRequested({ bookingId, room: 101 })`. The
 * data is checked by the schema when the message is put into its envelope and when it is read, not before.
 *
 * @param type its name in the whole system, in the past tense: `BookingRequested`
 * @param topic what its one writer sends it on; `createCatalogue` throws if there is none of that name
 * @param schema a z.object of what JSON can hold; marked where it is personal or secret (see personal.ts)
 * @param subjectOf what it is about, and the record's key: messages of one subject are read in their order
 */
export function event<T extends string, D>(
  type: T,
  topic: string,
  schema: z.ZodType<D>,
  subjectOf: Subject<D>,
): EventDefinition<T, D> {
  const make = (data: D) => ({ type, data }) as Message<T, D>;
  return Object.assign(make, { type, kind: 'event' as const, topic, version: '1.0', schema, subjectOf });
}

/**
 * An event that is forgotten when a record of its key without a value follows. Its topic is a compacted one.
 */
export function erasableEvent<T extends string, D, Key extends z.ZodType<string>>(
  type: T,
  topic: string,
  schema: z.ZodType<D>,
  subjectOf: Subject<D>,
  key: Key,
): ErasableEvent<T, D, z.infer<Key>> {
  const erasure: Erasure = { type: `${type}Erased`, topic, key };
  return Object.assign(event(type, topic, schema, subjectOf), {
    erasure: erasure as Erasure<z.infer<Key>>,
  });
}

type NamesOf<Replies extends readonly MessageDefinition[]> = {
  readonly [I in keyof Replies]: Replies[I]['type'];
};

/**
 * Declares a command, as `event` does an event; its topic is the participant's (`hotel.commands`).
 *
 * @param answeredBy every event that may be the reply: a step of a saga has an entry for each, or does not
 * compile
 * @param options.undo it takes back what another command did: it has one reply, and waits behind nothing, not
 * even behind a parked message of its subject
 */
export function command<T extends string, D, const Replies extends readonly MessageDefinition[]>(
  type: T,
  topic: string,
  schema: z.ZodType<D>,
  subjectOf: Subject<D>,
  answeredBy: Replies,
  { undo = false }: { undo?: boolean } = {},
): CommandDefinition<T, D, MessageOf<Replies[number]>, NamesOf<Replies>> {
  const replies = answeredBy.map((reply) => reply.type) as unknown as NamesOf<Replies>;
  type Made = Command<T, D, MessageOf<Replies[number]>, NamesOf<Replies>>;
  const make = (data: D) => ({ type, data, replies }) as unknown as Made;
  return Object.assign(make, {
    type,
    kind: 'command' as const,
    topic,
    version: '1.0',
    schema,
    subjectOf,
    replies,
    undo,
  });
}
