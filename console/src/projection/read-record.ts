/**
 * Reads a record of any topic. What is no CloudEvent of ours leaves no trace here: the service that meets it
 * parks it, and that is seen.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import { headerOf, type RecordHeaders } from '@sagakit/kafka/headers';
import type { RawRecord } from '@sagakit/kafka/record';
import { Envelope, TRACEPARENT } from '@sagakit/messages/envelope';
import { maskJson } from './mask.ts';
import type { MessageRow, ParkedRow } from './rows.ts';

/** Characters of a message that are kept. */
export const MAX_VALUE = 64 * 1024;
const MAX_ERROR = 1_000;

/**
 * `data` is as the contract has it, or undefined: an unknown type, or not written by the owner of its type on
 * its topic.
 */
export type Read =
  | { kind: 'message'; message: MessageRow; data: unknown }
  | { kind: 'parked'; parked: ParkedRow }
  | { kind: 'nothing' };

const DEAD_LETTERS = '.dlq';

export function readRecord(record: RawRecord): Read {
  if (record.topic.endsWith(DEAD_LETTERS)) return readDeadLetter(record);
  const parsed = parse(record.value);
  const envelope = parsed && readEnvelope(parsed.json);
  if (!envelope) return { kind: 'nothing' };
  const message = toRow(record, envelope, parsed);
  return { kind: 'message', message, data: dataOf(record.topic, envelope) };
}

type Parsed = { text: string; json: unknown };

function parse(value: Buffer | null): Parsed | undefined {
  if (!value) return undefined;
  try {
    const text = value.toString('utf8');
    return { text, json: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** An attribute that is null is one that is not there. */
function readEnvelope(json: unknown): Envelope | undefined {
  const read = Envelope.safeParse(json);
  if (read.success) return read.data;
  if (typeof json !== 'object' || json === null) return undefined;
  const given = Object.entries(json).filter(([name, value]) => value !== null || name === 'data');
  return Envelope.safeParse(Object.fromEntries(given)).data;
}

/** Only what the owner of a type says on the type's own topic is believed; everything is shown. */
function dataOf(topic: string, { type, source, data }: Envelope): unknown {
  const definition = catalogue.messages.get(type);
  if (definition?.topic !== topic || catalogue.sourceOf(topic) !== source) return undefined;
  return definition.schema.safeParse(data).data;
}

function toRow(record: RawRecord, envelope: Envelope, { text, json }: Parsed): MessageRow {
  const [, trace = '', span = ''] = TRACEPARENT.exec(envelope.traceparent) ?? [];
  const loggedAt = timeOf(Number(record.timestamp)) ?? timeOf(Date.parse(envelope.time)) ?? EPOCH;
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    source: envelope.source,
    id: envelope.id,
    story: envelope.correlationid,
    subject: envelope.subject,
    type: envelope.type,
    time: timeOf(Date.parse(envelope.time)) ?? loggedAt,
    loggedAt,
    sequence: Number(envelope.sequence),
    hops: Math.min(envelope.hops, MAX_INT),
    cause: envelope.causationid || null,
    saga: envelope.sagaid || null,
    trace,
    span,
    version: envelope.schemaversion ?? null,
    value: storable(maskJson(text, json, record.topic)),
    bytes: record.value?.length ?? 0,
  };
}

const MAX_INT = 2_147_483_647;
const EPOCH = '1970-01-01T00:00:00.000Z';
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** What a strange clock says is no time that a database could hold. */
const timeOf = (ms: number): string | undefined =>
  ms >= 0 && ms <= LATEST ? new Date(ms).toISOString() : undefined;

/** Postgres keeps no NUL, and no half of a surrogate pair. */
const storable = (text: string) => text.slice(0, MAX_VALUE).replaceAll('\u0000', '\uFFFD').toWellFormed();

/**
 * Ours are the last of their names: what was received stays as it was, also if a header calls itself
 * `dlq-reason`.
 */
const lastHeader = (headers: RecordHeaders, name: string) => headerOf(headers.toReversed(), name);

function readDeadLetter({ topic, headers, key, value, ...place }: RawRecord): Read {
  const header = (name: string) => lastHeader(headers, `dlq-${name}`);
  const origin = header('origin-topic');
  const partition = Number(header('origin-partition'));
  const offset = header('origin-offset') ?? '';
  const parkedAt = timeOf(Date.parse(header('time') ?? ''));
  if (!origin || !Number.isInteger(partition) || !/^\d{1,18}$/.test(offset) || !parkedAt)
    return { kind: 'nothing' };
  const parsed = parse(value);
  const envelope = parsed && readEnvelope(parsed.json);
  const text = (content: string | undefined, most: number) => storable(content ?? '').slice(0, most);
  return {
    kind: 'parked',
    parked: {
      service: topic.slice(0, -DEAD_LETTERS.length),
      parkedKey: `${parkedAt} ${place.partition}/${place.offset.padStart(19, '0')}`,
      topic: text(origin, 249),
      partition,
      offset: String(BigInt(offset)),
      story: envelope?.correlationid ?? null,
      key: key === null ? null : text(key.toString('utf8'), 200),
      type: envelope?.type ?? null,
      messageId: envelope?.id ?? null,
      reason: text(header('reason'), 100),
      error: text(header('error'), MAX_ERROR),
      attempts: Math.min(Number(header('attempts')) || 0, MAX_INT),
      parkedAt,
      // What is no JSON cannot be masked, so it is not kept: the service has the bytes.
      value: parsed ? storable(maskJson(parsed.text, parsed.json, origin)) : null,
    },
  };
}
