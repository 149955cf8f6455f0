/** Stories written as lines, and the records that Kafka would hold of them. */
import type { RawRecord } from '@sagakit/kafka/record';
import { catalogue } from '@order-saga/contracts/catalogue';
import type { Span, Story } from '../../src/api.ts';
import { storyAt } from '../../src/story/at.ts';
import { inputFrom } from '../../src/story/from-records.ts';
import { BEGAN, CONTACT, deadLetterOf, recordOf, uuidAt } from '../records.ts';
import { DEFINITIONS as SAGAS } from '../simulate.ts';

/**
 * `payment 61 PaymentDeclined < process`: at 61 ms `PaymentDeclined`, called `payment`, because of `process`.
 */
export type Line = { label: string; at: number; type: string; cause?: string; saga?: string; data?: object };

export type Script = {
  n: number;
  /** Milliseconds after BEGAN. */
  placed: number;
  lines: { sku: string; name: string; quantity: number; unitPrice: { amount: number; currency: string } }[];
  token: string;
  said: Line[];
  parked?: { label: string; service: string; reason: string; error: string; at: number }[];
  /** Labels of messages that Kafka has twice. */
  twice?: string[];
  /** Spans of effects: label of the message that asks, name, from, duration. */
  effects?: { of: string; name: string; service: string; at: number; ms: number; failed?: boolean }[];
  traced?: boolean;
};

/** As the orchestrator gives them. */
const DEFINITIONS = SAGAS.map((saga) => ({
  ...saga,
  sourceFile: `services/saga-orchestrator/src/sagas/${saga.name}.saga.ts`,
}));

export type Played = {
  correlationId: string;
  orderId: string;
  records: RawRecord[];
  spans: Span[];
  script: Script;
};

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
/** Told apart at the end, as UUIDv7 are. */
const mixed = (n: number) => ((n * 2654435761) % 0xffff_ffff) + 0x1000_0000_0000;
const storyIdOf = (n: number) => uuidAt(BEGAN + n * 1000, mixed(n * 2));
const orderIdOf = (n: number) => uuidAt(BEGAN + n * 1000, mixed(n * 2 + 1));

/** The records of a story, in the order of its lines. */
export function play(script: Script): Played {
  const { n, placed, said } = script;
  const [correlationId, orderId] = [storyIdOf(n), orderIdOf(n)];
  const ids = new Map(
    said.map(({ label, at }, i) => [label, uuidAt(BEGAN + placed + at, mixed(n * 100 + i))]),
  );
  const sequences = new Map<string, number>();
  const hops = new Map<string, number>();
  const trace = hex(mixed(n * 31), 16).padStart(32, 'a3c5');
  const records = said.map(({ label, at, type, cause, saga, data }, i) => {
    const topic = catalogue.definitionOf(type).topic;
    const source = catalogue.sourceOf(topic);
    const sequence = (sequences.get(source) ?? 0) + 1;
    sequences.set(source, sequence);
    hops.set(label, cause ? (hops.get(cause) ?? 0) + 1 : 0);
    return recordOf({
      type,
      id: ids.get(label),
      data: dataOf(script, orderId, type, data),
      story: correlationId,
      subject: orderId,
      sequence,
      at: placed + at,
      cause: cause && ids.get(cause),
      saga: saga && ids.get(saga),
      hops: hops.get(label),
      trace,
      partition: n % 3,
      offset: 20_000 + n * 40 + i,
    });
  });
  const byLabel = new Map(said.map(({ label }, i) => [label, records[i] as RawRecord]));
  const more = (script.twice ?? []).map((label) => {
    const record = byLabel.get(label) as RawRecord;
    return { ...record, offset: String(Number(record.offset) + 7000) };
  });
  const deadLetters = (script.parked ?? []).map(({ label, at, ...rest }, i) =>
    deadLetterOf(byLabel.get(label) as RawRecord, { ...rest, at: placed + at, offset: n * 10 + i }),
  );
  return {
    correlationId,
    orderId,
    records: [...records, ...more, ...deadLetters],
    spans: spansOf(script, trace),
    script,
  };
}

function dataOf({ lines, token }: Script, orderId: string, type: string, more: object = {}): object {
  const amount = {
    amount: lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amount, 0),
    currency: 'EUR',
  };
  const held = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const known: Record<string, object> = {
    OrderPlaced: {
      customerId: 'customer-1',
      lines,
      total: amount,
      payment: { token },
    },
    ContactProvided: { customerId: 'customer-1', contact: CONTACT },
    ReserveInventory: { lines: held },
    InventoryReserved: { lines: held },
    InventoryReleased: { lines: held },
    InventoryCommitted: { lines: held },
    ProcessPayment: { amount, token },
    PaymentProcessed: { amount, paymentId: uuidAt(BEGAN, 77) },
    PaymentDeclined: { code: 'card-declined' },
    PaymentRefunded: { amount },
  };
  return {
    orderId,
    ...(type.startsWith('Saga') ? { saga: 'place-order', version: 1 } : {}),
    ...known[type],
    ...more,
  };
}

/** What the services would have told a collector: who wrote what, who handled it, what was called outside. */
function spansOf({ said, effects = [], traced = true, n }: Script, traceId: string): Span[] {
  if (!traced) return [];
  const idOf = (label: string, what: string) =>
    hex(mixed(n * 1000 + said.findIndex((line) => line.label === label)), 14) + what;
  const serviceOf = (type: string) => catalogue.sourceOf(catalogue.definitionOf(type).topic).slice(1);
  const spans: Span[] = [
    {
      traceId,
      spanId: idOf('placed', '99'),
      service: 'order',
      name: 'POST /orders',
      kind: 'server',
      startMs: 0,
      durationMs: 6,
      failed: false,
      attributes: { 'http.route': '/orders', 'http.response.status_code': 202 },
    },
  ];
  for (const { label, at, type, cause } of said) {
    const service = serviceOf(type);
    if (cause) {
      const began = (said.find((line) => line.label === cause)?.at ?? at) + 2;
      spans.push({
        traceId,
        spanId: idOf(label, '01'),
        parentId: idOf(cause, '02'),
        service,
        name: `process ${said.find((line) => line.label === cause)?.type}`,
        kind: 'consumer',
        startMs: Math.min(began, at),
        durationMs: Math.max(2, Math.min(at - began + 2, 60)),
        failed: false,
        attributes: { 'messaging.operation.name': 'process' },
      });
    }
    spans.push({
      traceId,
      spanId: idOf(label, '02'),
      parentId: cause ? idOf(label, '01') : idOf('placed', '99'),
      service,
      name: `create ${type}`,
      kind: 'producer',
      startMs: at,
      durationMs: 1,
      failed: false,
      attributes: { 'order_saga.message.type': type },
    });
  }
  const calls = effects.map(({ of, name, service, at, ms, failed = false }, i): Span => ({
    traceId,
    spanId: idOf(of, `8${i}`),
    parentId: idOf(of, '02'),
    service,
    name: `effect ${name}`,
    kind: 'client',
    startMs: at,
    durationMs: ms,
    failed,
    attributes: { 'order_saga.effect': name },
  }));
  return [...spans, ...calls].sort((a, b) => a.startMs - b.startMs);
}

/** The answer of `GET /api/stories/{id}?at=`: of the first `at` rows. */
export function answerAt({ correlationId, records, spans }: Played, at?: number): Story {
  const story = storyAt(inputFrom(correlationId, records, DEFINITIONS), at);
  const until = Math.max(0, ...story.events.map(({ afterMs }) => afterMs));
  const seen = spans.filter(({ startMs }) => startMs <= until);
  return {
    ...story,
    events: story.events.map((event) => withReaders(event, spans.length > 0)),
    spans: seen,
    more: { ...story.more, spans: spans.length > 0 ? 'all' : 'none' },
  };
}

/** A second copy is known to have been dropped from spans alone. */
function withReaders(event: Story['events'][number], traced: boolean): Story['events'][number] {
  if (!traced || event.copies.length === 0) return event;
  const took = event.readers.filter(({ did }) => did === 'took-effect');
  return {
    ...event,
    readers: [...event.readers, ...took.map(({ service }) => ({ service, did: 'duplicate' as const }))],
  };
}
