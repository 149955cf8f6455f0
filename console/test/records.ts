/** Records as Kafka would deliver them, for tests. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { headersFrom } from '@sagakit/kafka/headers';
import type { RawRecord } from '@sagakit/kafka/record';

export type Said = {
  type: string;
  data: unknown;
  story?: string;
  subject?: string;
  id?: string;
  sequence?: number;
  /** Milliseconds after BEGAN. */
  at?: number;
  cause?: string | undefined;
  saga?: string | undefined;
  hops?: number;
  trace?: string;
  source?: string;
  topic?: string;
  partition?: number;
  offset?: number;
};

export const BEGAN = Date.parse('2026-11-26T14:02:11.204Z');
export const ORDER_ID = '0190a7c4-1111-7000-8000-00000000aaaa';
export const STORY_ID = '0190a7c4-2222-7000-8000-00000000bbbb';
export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** A UUIDv7 of the moment, told apart by `n`. */
export function uuidAt(ms: number, n: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

export function recordOf(said: Said): RawRecord {
  const { type, data, at = 0, subject = ORDER_ID, sequence = 1, trace = TRACE } = said;
  const topic = said.topic ?? catalogue.messages.get(type)?.topic ?? 'order.events';
  const time = BEGAN + at;
  const envelope = {
    specversion: '1.0',
    id: said.id ?? uuidAt(time, sequence),
    source: said.source ?? catalogue.sourceOf(topic),
    type,
    subject,
    time: new Date(time).toISOString(),
    datacontenttype: 'application/json',
    schemaversion: '1.0',
    correlationid: said.story ?? STORY_ID,
    ...(said.cause ? { causationid: said.cause } : {}),
    sequence: String(sequence).padStart(10, '0'),
    hops: said.hops ?? 0,
    ...(said.saga ? { sagaid: said.saga } : {}),
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    data,
  };
  return {
    topic,
    partition: said.partition ?? 0,
    offset: String(said.offset ?? sequence),
    key: Buffer.from(subject),
    value: Buffer.from(JSON.stringify(envelope)),
    headers: headersFrom({ 'content-type': 'application/cloudevents+json' }),
    timestamp: String(time + 2),
  };
}

/** The copy of a parked record, as a service's relay sends it. */
export function deadLetterOf(
  record: RawRecord,
  {
    service,
    reason,
    error = 'it does not fit',
    at = 0,
    offset = 0,
  }: Record<'service' | 'reason', string> & { error?: string; at?: number; offset?: number },
): RawRecord {
  const deadLetter = {
    'dlq-reason': reason,
    'dlq-error': error,
    'dlq-attempts': '1',
    'dlq-origin-topic': record.topic,
    'dlq-origin-partition': String(record.partition),
    'dlq-origin-offset': record.offset,
    'dlq-time': new Date(BEGAN + at).toISOString(),
  };
  return {
    ...record,
    topic: `${service}.dlq`,
    partition: 0,
    offset: String(offset),
    headers: [...record.headers, ...headersFrom(deadLetter)],
    timestamp: String(BEGAN + at),
  };
}

export const CONTACT = {
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  address: {
    street: '12 St James Square',
    city: 'London',
    postalCode: 'SW1Y 4JH',
    country: 'United Kingdom',
  },
};

export const placedData = (token = 'tok_visa', orderId = ORDER_ID) => ({
  orderId,
  customerId: 'customer-1',
  lines: [{ sku: 'SKU-0012', quantity: 1, name: 'Desk lamp', unitPrice: { amount: 4900, currency: 'EUR' } }],
  total: { amount: 4900, currency: 'EUR' },
  payment: { token },
});

export const contactData = (orderId = ORDER_ID) => ({ orderId, customerId: 'customer-1', contact: CONTACT });
