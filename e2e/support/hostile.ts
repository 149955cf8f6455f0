/**
 * Records that no honest writer sends, of every sort that we know, from a seed. None of them is a valid
 * message about a real order.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import { TOPICS } from '@order-saga/contracts/topics';
import type { OutgoingRecord } from '@sagakit/kafka/port';
import { seededRandom } from '@sagakit/testing/seeded-random';

/** All that there are, and some that are none. */
const TYPES = [
  ...catalogue.messages.keys(),
  ...['EatInventory', 'constructor', '__proto__', 'toString', 'hasOwnProperty', '', ' ', '\u0000'],
  ...['x'.repeat(300), '\ud800', '💥', '<img src=x onerror="window.owned = 1">'],
];
const TIMES = [
  '',
  '0000',
  'yesterday',
  '9999-12-31T23:59:59Z',
  '-271821-04-20T00:00:00Z',
  '2026-02-30T25:61:61Z',
  '1970-01-01T00:00:00Z',
];
const NUMBERS = [-1, 0, 1.5, 65, 1e9, 1e308, Number.MAX_SAFE_INTEGER, '7', null, true];
const TEXTS = [
  '',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e',
  "'; drop table orders; --",
  '${jndi:ldap://x}',
  '{"a":1}',
  '../../etc',
  '😀'.repeat(90),
  '<script>window.owned = 1</script>',
  '"><svg onload="window.owned = 1">',
  'javascript:window.owned=1',
];

/** What schemas mark as personal or secret. It stands in many of the records, wherever it should not. */
const MARKED: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['token', 'tok_5ec2e7f0'],
  [
    'contact',
    {
      email: 'grace@hidden.example',
      name: 'Grace Hidden',
      address: { street: '7 Veiled Lane', city: 'Hushford', postalCode: 'HU5 H00', country: 'Nowhere' },
    },
  ],
]);
/** What of it nobody may be shown, in any answer. */
export const SECRETS = ['5ec2e7f0', 'grace@', 'Grace Hidden', 'Veiled Lane', 'Hushford', 'HU5 H00'];

const NAMES = [
  ...['orderId', 'sku', 'lines', 'quantity', 'amount', '__proto__', 'constructor', 'token', 'payment'],
  ...['contact', 'email', 'address'],
];

export function hostileRecords(topic: string, count: number, seed: number): OutgoingRecord[] {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = () => `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;

  const anything = (depth = 0): unknown => {
    const sort = random();
    if (depth > 3 || sort < 0.3) return pick([...TEXTS, ...NUMBERS]);
    if (sort < 0.5) return Array.from({ length: Math.floor(random() * 4) }, () => anything(depth + 1));
    const named = (name: string) => [name, (random() < 0.7 && MARKED.get(name)) || anything(depth + 1)];
    return Object.fromEntries(NAMES.filter(() => random() < 0.4).map(named));
  };

  /** A good envelope about nothing, with some of its fields made bad. */
  function envelope(subject: string): Record<string, unknown> {
    const good: Record<string, unknown> = {
      specversion: '1.0',
      id: uuid(),
      source: '/attacker',
      type: pick(TYPES),
      subject,
      time: '2026-01-01T00:00:00Z',
      correlationid: uuid(),
      sequence: '0000000001',
      hops: 0,
      traceparent: `00-${hex(32)}-${hex(16)}-01`,
      data: anything(),
    };
    for (const name of Object.keys(good)) {
      if (random() < 0.08) good[name] = pick([pick(TEXTS), pick(NUMBERS), anything()]);
      else if (random() < 0.03) delete good[name];
    }
    if (random() < 0.1) good['hops'] = pick(NUMBERS);
    if (random() < 0.1) good['time'] = pick(TIMES);
    if (random() < 0.05) good['sagaid'] = pick([...TEXTS, 'y'.repeat(5_000)]);
    return good;
  }

  function value(subject: string): string | Buffer | null {
    const sort = random();
    if (sort < 0.05) return null;
    if (sort < 0.1)
      return Buffer.from(
        Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)),
      );
    if (sort < 0.15) return JSON.stringify(anything());
    if (sort < 0.16) return '['.repeat(50_000) + ']'.repeat(50_000);
    if (sort < 0.17) return `{"data":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`;
    if (sort < 0.18) return JSON.stringify({ ...envelope(subject), data: 'x'.repeat(200_000) });
    const text = JSON.stringify(envelope(subject));
    if (sort < 0.25) return text.slice(0, Math.floor(random() * text.length));
    if (sort < 0.27)
      return text.replace('"data"', `"data":{"deep":${'['.repeat(5_000)}${']'.repeat(5_000)}},"more"`);
    return text;
  }

  // Many share a key, so that queues of several grow behind the first that is parked.
  const subjects = Array.from({ length: Math.max(3, Math.floor(count / 4)) }, uuid);
  return Array.from({ length: count }, () => {
    const subject = random() < 0.05 ? pick(subjects).toUpperCase() : pick(subjects);
    const key = hostileKey(random(), { topic, subject, text: () => pick(TEXTS) });
    return { topic, key, value: value(subject), headers: hostileHeaders(random(), pick) };
  });
}

const COMPACTED = new Set(
  Object.entries(TOPICS).flatMap(([topic, { compacted }]) => (compacted ? [topic] : [])),
);

type Keyed = { topic: string; subject: string; text: () => string };

function hostileKey(sort: number, { topic, subject, text }: Keyed): OutgoingRecord['key'] {
  // The broker itself refuses a record without a key on a compacted topic.
  if (sort < 0.05) return COMPACTED.has(topic) ? '' : null;
  if (sort < 0.1) return text();
  if (sort < 0.12) return 'k'.repeat(9_000);
  if (sort < 0.14) return Buffer.from([0xff, 0]);
  return subject;
}

function hostileHeaders(sort: number, pick: (from: readonly string[]) => string): Record<string, string> {
  if (sort < 0.5) return {};
  if (sort < 0.7) return { 'content-type': 'text/html', 'event-type': pick(TYPES), traceparent: pick(TEXTS) };
  if (sort < 0.9) return { '': '', __proto__: 'x', 'dlq-reason': 'forged', 'correlation-id': pick(TEXTS) };
  return { large: 'h'.repeat(20_000), nul: '\u0000' };
}
