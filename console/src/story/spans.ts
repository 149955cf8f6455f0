/** Spans of a story, and what they say about its readers. Pure. */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { Reader, Span } from '../api.ts';

/** As it is stored. Times in microseconds, since 1970 where they are no durations. */
export type SpanRow = {
  trace: string;
  span: string;
  parent: string | null;
  service: string;
  name: string;
  kind: Span['kind'];
  startUs: number;
  durationUs: number;
  failed: boolean;
  /** The story that it says it belongs to, if it says so. */
  story: string | null;
  attributes: Span['attributes'];
};

/** What is known of a story's spans. */
export type SpansOfStory = {
  /** By their beginning. */
  rows: readonly SpanRow[];
  /** There are more of them. */
  cut: boolean;
  /** Why some were not kept, or none. */
  why?: string | undefined;
};

const own = (name: string) => `${catalogue.identifier}.${name}`;

/** @param firstAt ISO, of the story's first message */
export function spansOf({ rows }: SpansOfStory, firstAt: string): Span[] {
  const began = Date.parse(firstAt) * 1_000;
  return rows.map(({ trace, span, parent, startUs, durationUs, story: _, ...row }) => ({
    traceId: trace,
    spanId: span,
    ...(parent === null ? {} : { parentId: parent }),
    ...row,
    startMs: (startUs - began) / 1_000,
    durationMs: durationUs / 1_000,
  }));
}

/** What had begun at a time (ISO, to the millisecond). */
export function spansUntil(spans: SpansOfStory, at: string): SpansOfStory {
  const before = (Date.parse(at) + 1) * 1_000;
  return { ...spans, rows: spans.rows.filter(({ startUs }) => startUs < before) };
}

/** By message id. One that failed was done again: it says nothing. */
export function readingsOf({ rows }: SpansOfStory): Map<string, Reader[]> {
  const readings = new Map<string, Reader[]>();
  for (const row of rows) {
    const message = row.attributes['messaging.message.id'];
    if (row.kind !== 'consumer' || row.failed || typeof message !== 'string') continue;
    readings.set(message, [...(readings.get(message) ?? []), readingOf(row)]);
  }
  return readings;
}

function readingOf({ service: writer, attributes }: SpanRow): Reader {
  const service = String(attributes['messaging.consumer.group.name'] ?? writer);
  const ignored = attributes[own('ignored')];
  const parked = attributes[own('parked')];
  if (parked !== undefined) return { service, did: 'parked', reason: String(parked) };
  if (ignored !== undefined) return { service, did: 'ignored', reason: String(ignored) };
  return { service, did: attributes[own('duplicate')] === true ? 'duplicate' : 'took-effect' };
}

/**
 * What is known from two places, each thing once. What it wrote says more than a span that it took effect; a
 * parked one that is known from its dead letter is not told again.
 */
export function withReadings(known: readonly Reader[], seen: readonly Reader[]): Reader[] {
  const all = [...known];
  for (const reader of seen) {
    const isTold = all.some(
      ({ service, did, reason }) =>
        service === reader.service && did === reader.did && (did !== 'ignored' || reason === reader.reason),
    );
    if (!isTold) all.push(reader);
  }
  return all;
}

/** `none`: no span of it is here. `all`: each of its traces has spans, and none was left out. */
export function howMany({ rows, cut }: SpansOfStory, traces: readonly string[]): 'none' | 'some' | 'all' {
  if (rows.length === 0) return 'none';
  const have = new Set(rows.map(({ trace }) => trace));
  return cut || traces.some((trace) => !have.has(trace)) ? 'some' : 'all';
}
