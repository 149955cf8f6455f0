/** All messages and topics of one system. The framework is given it and imports no message of anybody. */
import type { MessageDefinition } from './define.ts';

export type TopicSettings = {
  /** The service that writes it, the only one. */
  writer: string;
  partitions: number;
  /**
   * Compacted: the last record of each key is kept for ever, so that a new reader can build its copy from the
   * topic alone.
   */
  compacted?: true;
  /**
   * Of a compacted topic: what a later record of the key takes the place of is gone from the broker's disks
   * within that time. Default: when the broker finds it worth its while, which may be never.
   */
  forgetsWithinMs?: number;
  /** Dead letters carry records as received, so their topic takes larger ones than any other. */
  maxMessageBytes?: number;
  /** -1: for ever. */
  retentionMs: number;
  /**
   * Kafka forgets whole segments, counted from their youngest record: a record lives for as much longer as a
   * segment may be filled.
   */
  segmentMs: number;
};

export type Catalogue = {
  /** What the system is called: `hotel-west`. */
  readonly system: string;
  /**
   * The same where only letters, digits and `_` may stand: metrics, attributes of spans, a channel of NOTIFY.
   * `hotel_west`
   */
  readonly identifier: string;
  /** What the names of message schemas begin with: `urn:hotel-west:schemas`. */
  readonly schemas: string;
  readonly messages: ReadonlyMap<string, MessageDefinition>;
  readonly topics: ReadonlyMap<string, TopicSettings>;
  /** Throws for a type that is not in the catalogue. */
  definitionOf(type: string): MessageDefinition;
  /** Throws for a topic that is not in the catalogue. */
  settingsOf(topic: string): TopicSettings;
  /** How old a record of the topic can be when it is read; undefined: as old as the topic. */
  recordsLiveMs(topic: string): number | undefined;
  /** The `source` of the messages on a topic: its only writer. `/rooms` */
  sourceOf(topic: string): string;
  /** All types that may answer the command; none for an event or an unknown type. */
  repliesTo(type: string): readonly string[];
  /** Whether it answers some command. */
  isReply(type: string): boolean;
  /** Whether the command takes back what another one did: it waits behind nothing. */
  isUndo(type: string): boolean;
};

const NONE: readonly string[] = [];
const SYSTEM_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Throws if two messages share a type, one is on a topic that is not there or that cannot forget it, or the
 * system's name is none.
 */
export function createCatalogue(system: {
  /** Lower case letters, digits and `-`. */
  name: string;
  topics: Readonly<Record<string, TopicSettings>>;
  messages: readonly MessageDefinition[];
}): Catalogue {
  if (!SYSTEM_NAME.test(system.name))
    throw new Error(`${system.name} is no name of a system: a-z, 0-9 and -`);
  const topics = new Map(Object.entries(system.topics));
  const messages = new Map<string, MessageDefinition>();
  const replies = new Map<string, readonly string[]>();
  for (const definition of system.messages) {
    const { type, topic } = definition;
    if (messages.has(type)) throw new Error(`two messages are called ${type}`);
    const settings = topics.get(topic);
    if (!settings) throw new Error(`${type} is on the topic ${topic}, which is not in the catalogue`);
    if (definition.erasure && !settings.compacted)
      throw new Error(`${type} can be erased, and its topic ${topic} is not compacted`);
    messages.set(type, definition);
    if ('replies' in definition) replies.set(type, definition.replies as readonly string[]);
  }
  const replyTypes = new Set([...replies.values()].flat());

  const settingsOf = (topic: string): TopicSettings => {
    const settings = topics.get(topic);
    if (!settings) throw new Error(`the catalogue has no topic ${topic}`);
    return settings;
  };

  return {
    system: system.name,
    identifier: system.name.replaceAll('-', '_'),
    schemas: `urn:${system.name}:schemas`,
    messages,
    topics,
    definitionOf(type) {
      const definition = messages.get(type);
      if (!definition) throw new Error(`the catalogue has no message ${type}`);
      return definition;
    },
    settingsOf,
    recordsLiveMs(topic) {
      const { compacted, retentionMs, segmentMs } = settingsOf(topic);
      return compacted ? undefined : retentionMs + segmentMs;
    },
    sourceOf: (topic) => `/${settingsOf(topic).writer}`,
    repliesTo: (type) => replies.get(type) ?? NONE,
    isReply: (type) => replyTypes.has(type),
    isUndo(type) {
      const definition = messages.get(type);
      return definition !== undefined && 'undo' in definition && definition.undo === true;
    },
  };
}

/** `urn:hotel-west:schemas:BookingRequested:1.0` */
export function dataSchemaOf(
  catalogue: Pick<Catalogue, 'schemas'>,
  { type, version }: MessageDefinition,
): string {
  return `${catalogue.schemas}:${type}:${version}`;
}
