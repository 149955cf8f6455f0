/**
 * What strangers write into the topics and ask by HTTP: no 5xx, no exit, nothing left out of the model.
 * `HOSTILE=10` does ten times as much (docs/console.md has the figures of that).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { createSender } from '@sagakit/kafka/kafkajs/producer';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { brokers } from '@sagakit/testing/infrastructure';
import { seededRandom } from '@sagakit/testing/seeded-random';
import { hostileRecords } from '../../e2e/support/hostile.ts';
import { Stories } from '../src/api.ts';
import { consoleOfThisFile, declined } from './running.ts';

const { url, put, get, json, post, whole } = consoleOfThisFile();

const TIMES = Number(process.env['HOSTILE'] ?? 1);
const RECORDS = 1_000 * TIMES;
const REQUESTS = 4_000 * TIMES;
const SEED = 20_261_126;

const figure = async (name: string) => {
  const text = await (await get('/metrics')).text();
  return Number(new RegExp(`^order_saga_console_${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

describe('hostile records', () => {
  it('are read, every one of them, and all stories can be shown', async () => {
    const told = await put(declined);
    const before = await whole(told);
    const to = createSender({ brokers: brokers(), clientId: 'hostile' }, quiet);
    const topics = [...catalogue.topics.keys()];
    const read = await figure('records_total');
    let sent = 0;
    for (const [place, topic] of topics.entries()) {
      const records = hostileRecords(topic, Math.ceil(RECORDS / topics.length), SEED + place);
      // The broker refuses some for good: those are sent alone, and not counted.
      for (const record of records) {
        const size = (record.value?.length ?? 0) + JSON.stringify(record.headers).length;
        if (size > 190_000) continue;
        await to.send([record]).then(
          () => sent++,
          () => {},
        );
      }
    }
    await to.stop();
    assert.ok(sent > RECORDS / 2, String(sent));
    await eventually('all of them are read', async () => (await figure('records_total')) - read >= sent, {
      withinMs: 120_000,
    });
    assert.equal(await figure('records_left_out_total'), 0);
    for (const kind of ['order', 'stock', 'price', 'other']) {
      const { items } = Stories.parse(await json(`/api/stories?kind=${kind}&limit=200`));
      for (const { correlationId } of items) {
        const path = `/api/stories/${encodeURIComponent(correlationId)}`;
        for (const part of ['', '/export?as=json', '/export?as=mermaid']) {
          const { status } = await get(path + part);
          assert.ok(status === 200 || status === 400, `${path}${part}: ${status}`);
        }
      }
    }
    assert.deepEqual(await whole(told), before, 'and an honest story is as it was');
  });

  it('are equal in a model that is built anew', async () => {
    assert.equal((await post('/api/model/rebuild')).status, 202);
    const model = await eventually(
      'it is built',
      async () => {
        const now = (await json('/api/model')) as { rebuild?: { state: string }; comparison?: unknown };
        return !['reading', 'comparing'].includes(now.rebuild?.state ?? '') && now;
      },
      { withinMs: 120_000 },
    );
    assert.equal(model.rebuild?.state, 'switched', JSON.stringify(model.comparison));
  });
});

describe('hostile requests', () => {
  const PATHS = [
    ...[
      '/api/stories',
      '/api/find',
      '/api/config',
      '/api/overview',
      '/api/model',
      '/api/stream',
      '/v1/traces',
    ],
    ...[
      '/api/shop/orders',
      '/api/shop/products',
      '/api/model/compare',
      '/metrics',
      '/openapi.json',
      '/',
      '//',
    ],
    ...['/assets/x.js', '/stories/x', '/health/ready', '/api', '/.env', '/api/stories/../../etc/passwd'],
  ];
  const TEXTS = [
    ...['', '%00', '%ED%A0%80', '%', '%zz', '%2e%2e%2f', '[]', '{"$gt":1}', 'x'.repeat(3_000), '-1', '1e999'],
    ...["' or 1=1 --", '<script>alert(1)</script>', '\u202e', '😀', 'tok_visa', '0'.repeat(36), 'ffffffff'],
    ...['2026-11-26T00:00:00Z', '0000-00-00', 'order', 'REJECTED', 'null', 'undefined', '__proto__'],
  ];
  const NAMES = [
    ...[
      'limit',
      'cursor',
      'kind',
      'status',
      'q',
      'wait',
      'at',
      'from',
      'to',
      'minutes',
      'as',
      'story',
      'has',
    ],
    ...['slowerThanMs', 'sku', 'customer', 'stories', '__proto__', 'limit[]', 'a[b][c]'],
  ];
  const BODIES = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"force":"x"}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[1]}]}]}',
  ];

  it('are never a 5xx, but where somebody else is away', async () => {
    const random = seededRandom(SEED);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const escaped = (text: string) => (random() < 0.7 ? encodeURIComponent(text.toWellFormed()) : text);
    const query = () =>
      Array.from({ length: Math.floor(random() * 4) }, () => `${pick(NAMES)}=${escaped(pick(TEXTS))}`).join(
        '&',
      );
    const seen = new Map<number, number>();
    const one = async () => {
      const path = `${pick(PATHS)}${random() < 0.5 ? `/${escaped(pick(TEXTS))}` : ''}?${query()}`;
      const method = pick(['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']);
      const headers = {
        'content-type': pick(['application/json', 'text/plain', 'application/x-protobuf', '']),
      };
      const body = method === 'POST' || method === 'PUT' ? pick(BODIES) : null;
      const signal = AbortSignal.timeout(30_000);
      const response = await fetch(url() + path, { method, headers, body, signal });
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
        const text = await response.text();
        const away = response.status === 503 && path.includes('/api/shop');
        assert.ok(response.status < 500 || away, `${method} ${path}: ${response.status} ${text}`);
      } else await response.body?.cancel();
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
    };
    for (let done = 0; done < REQUESTS; done += 10) await Promise.all(Array.from({ length: 10 }, one));
    assert.ok((seen.get(200) ?? 0) > 0 && (seen.get(404) ?? 0) > 0, JSON.stringify([...seen]));
    assert.equal((await get('/health/ready')).status, 200);
  });
});
