/**
 * Spans as OTLP has them in JSON become rows. What may be personal does not come in: attributes are taken by
 * their names, and texts lose what looks like an address or a token.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import { z } from 'zod';
import type { Span } from '../api.ts';
import type { SpanRow } from '../story/spans.ts';

const Value = z.object({
  stringValue: z.string().optional(),
  boolValue: z.boolean().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.number().optional(),
});
const Attributes = z.array(z.object({ key: z.string(), value: Value.nullish() })).nullish();
type Attributes = z.infer<typeof Attributes>;

const Nanos = z.union([z.string().regex(/^\d{1,19}$/), z.number().min(0).max(1e19).refine(Number.isInteger)]);
const OtlpSpan = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/i),
  spanId: z.string().regex(/^[0-9a-f]{16}$/i),
  parentSpanId: z.string().max(16).nullish(),
  name: z.string(),
  kind: z.union([z.number(), z.string()]).nullish(),
  startTimeUnixNano: Nanos,
  endTimeUnixNano: Nanos,
  attributes: Attributes,
  status: z
    .object({ code: z.union([z.number(), z.string()]).nullish(), message: z.string().nullish() })
    .nullish(),
});

/** The body of `POST /v1/traces`; a span that does not fit costs itself alone. */
export const ExportTraces = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: Attributes }).nullish(),
        scopeSpans: z.array(z.object({ spans: z.array(z.unknown()).nullish() })).nullish(),
      }),
    )
    .default([]),
});
export type ExportTraces = z.infer<typeof ExportTraces>;

const KINDS: readonly Span['kind'][] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];

/** A number as OTLP/JSON has enums, or its name as protobuf's JSON has them. */
function kindOf(kind: number | string | null | undefined): Span['kind'] {
  if (typeof kind === 'number') return KINDS[kind] ?? 'internal';
  const name = (kind ?? '').replace('SPAN_KIND_', '').toLowerCase();
  return KINDS.find((known) => known === name) ?? 'internal';
}

const isFailed = (code: number | string | null | undefined) => code === 2 || code === 'STATUS_CODE_ERROR';

const TAKEN = new RegExp(
  `^(messaging[.]|${catalogue.identifier}[.]|error[.]type$|http[.](request[.]method|response[.]status_code|route|method|status_code)$)`,
);
const MOST_ATTRIBUTES = 24;
const LONGEST = 200;

/** Postgres keeps no NUL; nobody's address or card token is kept by us. */
const safe = (text: string, most = LONGEST): string =>
  text
    .slice(0, most * 4)
    .replace(/[^\s"'<>(),;:]+@[^\s"'<>(),;:]+/g, '…@…')
    .replace(/\btok_\w+/g, 'tok_…')
    .replaceAll('\u0000', '\uFFFD')
    .toWellFormed()
    .slice(0, most);

function attributesOf(attributes: Attributes): Span['attributes'] {
  const taken = (attributes ?? []).filter(({ key }) => TAKEN.test(key) && key.length <= 100);
  return Object.fromEntries(
    taken.slice(0, MOST_ATTRIBUTES).flatMap(({ key, value }): [string, string | number | boolean][] => {
      if (!value) return [];
      const { stringValue, boolValue, intValue, doubleValue } = value;
      if (stringValue !== undefined) return [[key, safe(stringValue)]];
      const plain = boolValue ?? doubleValue ?? (intValue === undefined ? undefined : Number(intValue));
      return plain === undefined || plain !== plain ? [] : [[key, plain]];
    }),
  );
}

const micros = (nanos: string | number): number => Number(BigInt(nanos) / 1_000n);

const CONVERSATION = 'messaging.message.conversation_id';
const SERVICE = 'service.name';

function rowOf(given: unknown, service: string): SpanRow | undefined {
  const read = OtlpSpan.safeParse(given);
  if (!read.success) return undefined;
  const { traceId, spanId, parentSpanId, name, kind, status, ...span } = read.data;
  const attributes = attributesOf(span.attributes);
  const failed = isFailed(status?.code);
  const startUs = micros(span.startTimeUnixNano);
  const story = attributes[CONVERSATION];
  return {
    trace: traceId.toLowerCase(),
    span: spanId.toLowerCase(),
    parent: /^[0-9a-f]{16}$/i.test(parentSpanId ?? '') ? (parentSpanId as string).toLowerCase() : null,
    service,
    name: safe(name, 100),
    kind: kindOf(kind),
    startUs,
    durationUs: Math.max(0, micros(span.endTimeUnixNano) - startUs),
    failed,
    story: typeof story === 'string' ? story : null,
    attributes:
      failed && status?.message ? { ...attributes, 'error.message': safe(status.message) } : attributes,
  };
}

/** @returns the spans, and how many were none */
export function spansIn({ resourceSpans }: ExportTraces): { spans: SpanRow[]; refused: number } {
  const spans: SpanRow[] = [];
  let refused = 0;
  for (const { resource, scopeSpans } of resourceSpans) {
    const named = resource?.attributes?.find(({ key }) => key === SERVICE)?.value?.stringValue;
    const service = safe(named ?? 'unknown', 60);
    for (const given of (scopeSpans ?? []).flatMap((scope) => scope.spans ?? [])) {
      const row = rowOf(given, service);
      if (row) spans.push(row);
      else refused++;
    }
  }
  return { spans, refused };
}
