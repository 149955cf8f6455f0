/** Reads a Kafka record: the one place that says what a message must be before anything looks at it. */
import { Envelope, MAX_HOPS } from '@sagakit/messages/envelope';
import type { Erasure, MessageDefinition } from '@sagakit/messages/define';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { z } from 'zod';
import { headerOf } from '@sagakit/kafka/headers';
import type { RawRecord } from '@sagakit/kafka/record';
import type { ParkReason } from '../dead-letters/dead-letters.ts';
import { newTraceparent } from '../trace.ts';

export type Decoded =
  | { kind: 'message'; message: Envelope }
  /** A record without a value: `message` is made of its key and headers, and has no id of its own. */
  | { kind: 'erasure'; message: Omit<Envelope, 'id'> }
  /** An event of no concern here, or of a newer writer. Nothing but its name was looked at. */
  | { kind: 'ignored'; type: string }
  | { kind: 'unknown-command'; message: Envelope }
  | { kind: 'unreadable'; reason: ParkReason; error: string; type?: string; correlationid?: string };

type Definitions = ReadonlyMap<string, MessageDefinition>;

/** @param definitions the messages that this reader handles, by type */
export function decodeRecord(record: RawRecord, definitions: Definitions, catalogue: Catalogue): Decoded {
  if (record.refused) return { kind: 'unreadable', ...record.refused };
  const erasure = record.value === null ? erasureOn(record.topic, definitions) : undefined;
  if (erasure) return readErasure(record, erasure, catalogue);
  const value = parse(record.value);
  const type = 'json' in value ? typeIn(value.json) : undefined;
  if (type !== undefined && !concerns(type, value, definitions) && !carriesCommands(record))
    return notHandled(type, record, catalogue);
  const envelope = 'json' in value ? readEnvelope(value.json) : value;
  if ('success' in envelope && envelope.success) return judge(envelope.data, record, definitions, catalogue);

  const binary = typeInBinaryMode(record);
  if (binary !== undefined && !definitions.has(binary) && !carriesCommands(record))
    return notHandled(binary, record, catalogue);
  const { error } = envelope;
  return typeof error === 'string'
    ? { kind: 'unreadable', reason: 'not-json', error }
    : { kind: 'unreadable', reason: 'not-an-envelope', error: inWords(error) };
}

/** Undefined: nothing that this reader handles can be taken back there. */
function erasureOn(topic: string, definitions: Definitions): Erasure | undefined {
  for (const { erasure } of definitions.values()) if (erasure?.topic === topic) return erasure;
  return undefined;
}

/** It may have been written by anybody who may write there at all: of its headers none needs to be right. */
function readErasure({ key, headers }: RawRecord, erasure: Erasure, catalogue: Catalogue): Decoded {
  const { type, topic } = erasure;
  const subject = erasure.key.safeParse(key?.toString('utf8'));
  if (!subject.success)
    return { kind: 'unreadable', reason: 'key-is-not-subject', error: inWords(subject.error), type };
  const said = (name: string, as: z.ZodType<string>) => as.safeParse(headerOf(headers, name)).data;
  const { correlationid, traceparent } = Envelope.shape;
  return {
    kind: 'erasure',
    message: {
      specversion: '1.0',
      source: catalogue.sourceOf(topic),
      type,
      subject: subject.data,
      time: '',
      sequence: '',
      correlationid: said('correlation-id', correlationid) ?? subject.data,
      hops: 0,
      traceparent: said('traceparent', traceparent) ?? newTraceparent(),
      data: {},
    },
  };
}

function concerns(
  type: string,
  value: { json: unknown } | { error: string },
  definitions: Definitions,
): boolean {
  const definition = definitions.get(type);
  if (!definition?.concerns || !('json' in value)) return definition !== undefined;
  return definition.concerns((value.json as { data?: unknown }).data);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function parse(value: Buffer | null): { json: unknown } | { error: string } {
  try {
    return { json: JSON.parse(decoder.decode(value ?? new Uint8Array())) as unknown };
  } catch (error) {
    return { error: withoutQuote((error as Error).message) };
  }
}

/** The words for it quote a part of what was said, and go where it must not: into logs. */
const withoutQuote = (message: string) => message.replace(/, .*(?= is not valid JSON$)/s, ', and so it');

/**
 * What a message may be made of: arrays, objects and what is in them, at any depth. The largest messages have
 * some hundred.
 */
const MAX_PARTS = 20_000;

/**
 * A schema looks at every part, and tells of each that is wrong. A part takes a byte at least, so small
 * messages need no count.
 */
function hasTooManyParts(data: unknown, value: Buffer | null): boolean {
  if ((value?.length ?? 0) <= MAX_PARTS) return false;
  let parts = 0;
  const open = [data];
  while (open.length > 0 && parts <= MAX_PARTS) {
    const part = open.pop();
    if (typeof part !== 'object' || part === null) continue;
    const inside = Object.values(part);
    parts += inside.length;
    if (parts <= MAX_PARTS) open.push(...inside);
  }
  return parts > MAX_PARTS;
}

/** Of a thousand things that are wrong the first will do. */
function inWords({ issues }: z.core.$ZodError): string {
  const more = issues.length - MOST_ISSUES;
  return z.prettifyError({ issues: issues.slice(0, MOST_ISSUES) }) + (more > 0 ? `\nand ${more} more` : '');
}
const MOST_ISSUES = 10;

const carriesCommands = ({ topic }: RawRecord) => topic.endsWith('.commands');

/** The name of the event, whatever else it is. */
function typeIn(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('type' in json)) return undefined;
  return typeof json.type === 'string' && json.type !== '' ? json.type : undefined;
}

/**
 * CloudEvents' other mode: attributes are headers, the value is the data, in any format. Nobody here writes
 * it; a stranger may.
 */
function typeInBinaryMode({ headers }: RawRecord): string | undefined {
  return headerOf(headers, 'ce_specversion') === undefined
    ? undefined
    : headerOf(headers, 'ce_type') || undefined;
}

/**
 * An event that this reader does not handle. Nothing else about it is judged: whoever writes a type that is
 * not ours need not keep our rules, and a judgement would block its key. One of ours that strayed to another
 * topic is no such type.
 */
function notHandled(type: string, record: RawRecord, catalogue: Catalogue): Decoded {
  const error = strayed(type, record, catalogue);
  return error === undefined
    ? { kind: 'ignored', type }
    : { kind: 'unreadable', reason: 'wrong-topic', error, type };
}

/** What is wrong if it is one of our types, and on another topic than its own. */
function strayed(type: string, { topic }: RawRecord, catalogue: Catalogue): string | undefined {
  const home = catalogue.messages.get(type)?.topic;
  return home === undefined || home === topic
    ? undefined
    : `a ${type} belongs on ${home}, this one is on ${topic}`;
}

/**
 * CloudEvents' JSON format: an attribute that is null is one that is not there. Few write that, so it is
 * tried second.
 */
function readEnvelope(json: unknown) {
  const read = Envelope.safeParse(json);
  if (read.success || typeof json !== 'object' || json === null) return read;
  const without = Object.entries(json).filter(([name, value]) => value !== null || name === 'data');
  return without.length < Object.keys(json).length ? Envelope.safeParse(Object.fromEntries(without)) : read;
}

function judge(
  message: Envelope,
  record: RawRecord,
  definitions: Definitions,
  catalogue: Catalogue,
): Decoded {
  const { type, correlationid, subject } = message;
  const refuse = (reason: ParkReason, error: string): Decoded => ({
    kind: 'unreadable',
    reason,
    error,
    type,
    correlationid,
  });
  const key = record.key?.toString('utf8');
  if (key !== subject)
    return refuse('key-is-not-subject', `the record's key is ${key ?? 'null'}, the subject ${subject}`);
  if (message.hops > MAX_HOPS)
    return refuse('too-many-hops', `${message.hops} hops, ${MAX_HOPS} are allowed`);

  const stray = strayed(type, record, catalogue);
  const definition = definitions.get(type);
  if (definition === undefined)
    return stray ? refuse('wrong-topic', stray) : { kind: 'unknown-command', message };
  if (hasTooManyParts(message.data, record.value))
    return refuse('too-large', `its data has more than ${MAX_PARTS} parts`);
  const data = definition.schema.safeParse(message.data);
  if (!data.success) return refuse('schema-invalid', inWords(data.error));
  if (definition.subjectOf(data.data) !== subject) {
    return refuse(
      'schema-invalid',
      `the data is about ${definition.subjectOf(data.data)}, the subject is ${subject}`,
    );
  }
  // Last: of a record that is bad in several ways the innermost is told.
  if (stray) return refuse('wrong-topic', stray);
  const owner = catalogue.sourceOf(definition.topic);
  if (message.source !== owner)
    return refuse('wrong-source', `a ${type} is written by ${owner}, this one by ${message.source}`);
  return { kind: 'message', message: { ...message, data: data.data } };
}
