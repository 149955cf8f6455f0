/** The fixture's other answers. */
import type { RawRecord } from '@sagakit/kafka/record';
import { SERVICES } from '@order-saga/contracts/system';
import type { Card, Config, MoneyNow, Overview, Payload, Product, Story, StoryRow } from '../../src/api.ts';
import { maskedPaths, maskJson } from '../../src/projection/mask.ts';

export const CARDS: Card[] = [
  { token: 'tok_visa', title: 'A good card', expect: 'Goes through.' },
  { token: 'tok_declined', title: 'A declined card', expect: 'Refused: the stock is given back.' },
  {
    token: 'tok_insufficient_funds',
    title: 'Too little on it',
    expect: 'Refused for another reason, undone the same way.',
  },
  {
    token: 'tok_timeout',
    title: 'Charged, but silent',
    expect: 'The provider does not say so: undone after the deadline, and refunded.',
  },
  {
    token: 'tok_error_once',
    title: 'Fails once',
    expect: 'The first call is answered 500, the second goes through.',
  },
  {
    token: 'tok_refund_fails_twice',
    title: 'Hard to refund',
    expect: 'Goes through; cancel the order and watch the undo insist.',
  },
];

export const PRODUCTS: Product[] = ['Oak', 'Linen', 'Copper', 'Walnut'].flatMap((material, i) =>
  ['bowl', 'lamp', 'tray', 'stool', 'vase', 'frame'].map((thing, j) => ({
    sku: `SKU-${String(i * 6 + j + 1).padStart(4, '0')}`,
    name: i === 3 && j === 5 ? 'Signed print, limited edition' : `${material} ${thing}`,
    price: { amount: 490 + (((i * 6 + j + 1) * 37) % 120) * 50, currency: 'EUR' },
    available: i === 3 && j === 5 ? 3 : 9994 - j,
    reserved: j % 3,
    sold: 6 + i,
  })),
);

export const configOf = ({ readOnly, silenceMs }: { readOnly: boolean; silenceMs: number }): Config => ({
  name: 'order-saga',
  version: '0.1.0',
  currency: 'EUR',
  stepDeadlineMs: silenceMs,
  readOnly,
  faults: false,
  limits: { storyRows: 500, payloadBytes: 64_000, endOfId: 8, waitMs: 5000, listRows: 50 },
  services: [...SERVICES],
  links: [
    { group: 'observe', name: 'Jaeger', url: 'http://127.0.0.1:16686' },
    { group: 'mail', name: 'Mails', url: 'http://127.0.0.1:8025' },
  ],
  cards: CARDS,
});

export function rowOf(story: Story): StoryRow {
  const saga = story.sagas.at(-1);
  const title =
    story.lines?.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ') ?? story.correlationId;
  const {
    correlationId,
    kind,
    orderId,
    customerId,
    status,
    reason,
    total,
    firstAt,
    lastAt,
    placedAt,
    tookMs,
  } = story;
  return {
    correlationId,
    kind,
    orderId,
    customerId,
    status,
    reason,
    title,
    total,
    ...(saga ? { saga: { name: saga.name, status: saga.status } } : {}),
    firstAt,
    lastAt,
    placedAt,
    tookMs,
    messages: story.more.messages,
    undone: story.events.some(({ kind: what }) => what === 'undo'),
    parked: story.more.parked,
    copies: story.events.reduce((n, { copies }) => n + copies.length, 0),
  };
}

export function overviewOf(stories: readonly Story[]): Overview {
  const of = (status: Story['status']) => stories.filter((story) => story.status === status).length;
  const to = new Date();
  const from = new Date(to.getTime() - 15 * 60_000);
  const took = stories.flatMap(({ tookMs }) => tookMs ?? []).sort((a, b) => a - b);
  const byReason: Record<string, number> = {};
  for (const { reason, status } of stories)
    if (reason && status === 'REJECTED') byReason[reason] = (byReason[reason] ?? 0) + 1;
  const revenue = stories
    .filter(({ status }) => status === 'CONFIRMED')
    .reduce((sum, { total }) => sum + (total?.amount ?? 0), 0);
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    orders: stories.length,
    byStatus: {
      PENDING: of('PENDING'),
      CONFIRMED: of('CONFIRMED'),
      REJECTED: of('REJECTED'),
      CANCELLED: of('CANCELLED'),
    },
    byReason,
    revenue: { amount: revenue, currency: 'EUR' },
    ...(took.length > 0
      ? {
          tookMs: {
            p50: took[Math.floor(took.length / 2)] ?? 0,
            p95: took[Math.floor(took.length * 0.95)] ?? 0,
          },
        }
      : {}),
    minutes: [0, 1, 0, 2, 1, 3, 2, 2, 4, 3, 1, 2, 4, 5, 3].map((placed, i) => ({
      at: new Date(from.getTime() + i * 60_000).toISOString(),
      placed,
      confirmed: placed,
      rejected: 0,
      cancelled: 0,
      messages: placed * 12,
    })),
    attention: {
      sagas: stories.filter(({ sagas }) => sagas.some(({ status }) => status === 'needs-attention')).length,
      parked: stories.reduce((n, { more }) => n + more.parked, 0),
      overdue: 0,
      away: [],
      why: {},
    },
  };
}

export function payloadOf(records: readonly RawRecord[], id: string): Payload | undefined {
  for (const { topic, partition, offset, value } of records) {
    const text = String(value);
    const envelope = JSON.parse(text) as { id: string; source: string; type: string };
    if (envelope.id !== id) continue;
    const kept: unknown = JSON.parse(maskJson(text, envelope));
    return {
      source: envelope.source,
      id,
      type: envelope.type,
      topic,
      partition,
      offset,
      bytes: text.length,
      cut: false,
      masked: maskedPaths(kept),
      envelope: kept,
      headers: { 'content-type': 'application/cloudevents+json' },
    };
  }
  return undefined;
}

export function moneyOf({ results: { charged, refunded, mails }, total, lastAt }: Story): MoneyNow {
  const asOf = new Date(Math.max(Date.parse(lastAt), Date.now())).toISOString();
  const amount = charged ?? total ?? { amount: 0, currency: 'EUR' };
  return {
    payment: charged
      ? {
          service: 'payment',
          answers: 'yes',
          asOf,
          value: {
            status: refunded ? 'REFUNDED' : 'PROCESSED',
            amount,
            charges: 1,
            refunds: refunded ? 1 : 0,
          },
        }
      : { service: 'payment', answers: 'nothing', asOf },
    provider: {
      service: 'provider',
      answers: 'yes',
      asOf,
      value: {
        charges: charged || refunded ? 1 : 0,
        refunds: refunded ? 1 : 0,
        declined: charged || refunded ? 0 : 1,
        net: refunded || !charged ? { ...amount, amount: 0 } : amount,
      },
    },
    mails:
      mails.length > 0
        ? {
            service: 'notification',
            answers: 'yes',
            asOf,
            value: mails.map(({ kind, at }) => ({ kind, sentAt: at })),
          }
        : { service: 'notification', answers: 'no', asOf, why: 'it does not answer within 500 ms' },
  };
}
