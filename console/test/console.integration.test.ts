import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import { Config, Found, Overview, Payload, Stories, Story } from '../src/api.ts';
import { consoleOfThisFile, declined, good, startedConsole } from './running.ts';
import type { Script } from './simulate.ts';

const { url, put, get, json, post, whole } = consoleOfThisFile();

/** With another Host header, or a target, which fetch would not send. */
const byName = (host: string, target: string, method = 'GET', headers = {}) =>
  new Promise<number>((resolve, reject) => {
    const { hostname, port } = new URL(url());
    const asked = { hostname, port, path: target, method, headers: { ...headers, host } };
    const request = http.request(asked, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });

describe('a story', () => {
  it('is there with its steps, its causes and its sentence, soon after it happened', async () => {
    const told = await put(declined);
    const story = Story.parse(await whole(told));
    assert.match(
      story.told,
      /^1 × Desk lamp was ordered for € 49\.00\. The stock was reserved; the card was declined \(card-declined\),/,
    );
    assert.deepEqual(
      story.sagas[0]?.steps.map(({ name, status }) => [name, status]),
      [
        ['reserve-inventory', 'undone'],
        ['process-payment', 'refused'],
        ['confirm-order', 'never-sent'],
        ['commit-inventory', 'never-sent'],
      ],
    );
    assert.deepEqual(new Set(story.events.map(({ id }) => id)), new Set(told.ids));
    const place = new Map(story.events.map(({ id }, at) => [id, at]));
    for (const { id, causationId } of story.events) {
      if (causationId)
        assert.ok(
          (place.get(causationId) ?? Infinity) < (place.get(id) ?? 0),
          `${id} stands after its cause`,
        );
    }
    assert.deepEqual(
      [story.status, story.reason, story.orderId, story.ended],
      ['REJECTED', 'payment-declined', told.orderId, true],
    );
    assert.deepEqual(story.traces, [told.trace]);
  });

  it('whose undo was sent 500 times is short, and there at once', async () => {
    const silent: Script = (command) => (/ProcessPayment|RefundPayment/.test(command) ? 'silent' : 'yes');
    const told = await put(silent, { deadlines: 500 });
    const { events } = await whole(told);
    assert.equal(events.find(({ type }) => type === 'RefundPayment')?.repeats?.count, 499);
    const took: number[] = [];
    for (let n = 0; n < 5; n++) {
      const began = performance.now();
      const body = await (await get(`/api/stories/${told.story}`)).arrayBuffer();
      took.push(performance.now() - began);
      assert.ok(body.byteLength < 200_000, String(body.byteLength));
    }
    // The least of them: what else runs here is no matter of the story.
    assert.ok(Math.min(...took) < 300, took.join(', '));
  });

  it('is not sent again to who has it', async () => {
    const told = await put(good);
    await whole(told);
    const first = await get(`/api/stories/${told.story}`);
    const etag = first.headers.get('etag') ?? '';
    assert.ok(etag);
    assert.equal((await get(`/api/stories/${told.story}`, { 'if-none-match': etag })).status, 304);
    assert.equal((await get(`/api/stories/${told.story}`, { 'if-none-match': '"other"' })).status, 200);
  });

  it('that is not known is a problem, at once or when it was waited for', async () => {
    const response = await get('/api/stories/nobody-knows-it');
    assert.equal(response.status, 404);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const began = performance.now();
    assert.equal((await get('/api/stories/nobody-knows-it?wait=600')).status, 404);
    assert.ok(performance.now() - began > 500);
    assert.equal((await get('/api/stories/x?wait=5001')).status, 400);
  });

  it('can be waited for before it begins', async () => {
    const story = randomUUID();
    const waits = get(`/api/stories/${story}?wait=5000`);
    await put(good, { story });
    assert.equal((await waits).status, 200);
  });

  it('is found by each of its ids, and by their last eight characters', async () => {
    const told = await put(good);
    await whole(told);
    const [placed = ''] = told.ids;
    for (const [id, kind] of [
      [told.orderId, 'order'],
      [told.story, 'story'],
      [told.trace, 'trace'],
      [placed, 'message'],
      [placed, 'saga'],
    ] as const) {
      for (const q of [id, id.toUpperCase(), id.slice(-8)]) {
        const { hits } = Found.parse(await json(`/api/find?q=${q}`));
        assert.ok(
          hits.some((hit) => hit.kind === kind && hit.id === id && hit.story === told.story),
          `${kind} by ${q}: ${JSON.stringify(hits)}`,
        );
      }
    }
    assert.deepEqual(Found.parse(await json('/api/find?q=00000000-none')).hits, []);
    assert.equal((await get('/api/find?q=short')).status, 400);
  });

  it('shows each message, without personal data and card token', async () => {
    const told = await put(good);
    const { events } = await whole(told);
    const texts = [
      JSON.stringify(events),
      await (await get(`/api/stories/${told.story}/export?as=json`)).text(),
    ];
    for (const { source, id } of events) {
      const response = await get(
        `/api/stories/${told.story}/messages/${encodeURIComponent(source.slice(1))}/${id}`,
      );
      assert.equal(response.status, 200);
      texts.push(await response.text());
    }
    const masked = texts.slice(2, 4).map((text) => Payload.parse(JSON.parse(text)).masked);
    assert.deepEqual(masked[0], ['data.payment.token']);
    assert.deepEqual(masked[1]?.slice(0, 3), [
      'data.contact.email',
      'data.contact.name',
      'data.contact.address.street',
    ]);
    for (const secret of ['ada@example.com', 'Ada Lovelace', 'Square', 'tok_visa']) {
      for (const text of texts) assert.ok(!text.includes(secret), secret);
    }
    for (const secret of ['ada@example.com', 'tok_visa']) {
      assert.deepEqual(Found.parse(await json(`/api/find?q=${encodeURIComponent(secret)}`)).hits, []);
    }
    assert.equal((await get(`/api/stories/${told.story}/messages/order/nobody`)).status, 404);
  });

  it('can be taken away as a diagram', async () => {
    const told = await put(declined);
    await whole(told);
    const response = await get(`/api/stories/${told.story}/export?as=mermaid`);
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /attachment; filename="story-[\w-]+\.mmd"/,
    );
    assert.match(await response.text(), /^sequenceDiagram\n[^]*PaymentDeclined/);
  });
});

describe('stories', () => {
  it('are listed newest first, page by page, each once', async () => {
    const all = await Promise.all([put(good), put(declined), put(good)]);
    for (const told of all) await whole(told);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = Stories.parse(await json(`/api/stories?limit=2${cursor ? `&cursor=${cursor}` : ''}`));
      assert.ok(page.items.length <= 2);
      seen.push(...page.items.map(({ correlationId }) => correlationId));
      cursor = page.nextCursor;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length);
    for (const { story } of all) assert.ok(seen.includes(story));
  });

  it('are filtered, and counted by status', async () => {
    const told = await put(declined);
    await whole(told);
    const such = 'status=REJECTED&reason=payment-declined&has=undo&customer=customer-1';
    const page = Stories.parse(await json(`/api/stories?${such}&sku=SKU-0012`));
    const mine = page.items.find(({ correlationId }) => correlationId === told.story);
    assert.equal(mine?.title, '1 × Desk lamp');
    assert.deepEqual(
      [mine?.status, mine?.reason, mine?.undone, mine?.messages],
      ['REJECTED', 'payment-declined', true, told.ids.length],
    );
    assert.ok(page.items.every(({ status }) => status === 'REJECTED'));
    assert.ok(page.counts.REJECTED >= page.items.length);
    // Others have been at work on this Kafka, and their stories are here too.
    const isFoundBy = async (filter: string) =>
      Stories.parse(await json(`/api/stories?${such}&${filter}`)).items.some(
        ({ correlationId }) => correlationId === told.story,
      );
    assert.deepEqual(
      await Promise.all(['sku=SKU-0012', 'sku=SKU-001', 'kind=order', 'kind=stock'].map(isFoundBy)),
      [true, false, true, false],
    );
    assert.equal((await get('/api/stories?status=LOST')).status, 400);
    assert.equal((await get('/api/stories?cursor=x')).status, 400);
  });

  it('are figures on the first page', async () => {
    const overview = Overview.parse(await json('/api/overview?minutes=1440'));
    assert.equal(overview.minutes.length, 1441);
    assert.equal(overview.attention.away.length, 5, 'no service answers here, and it says so');
    assert.deepEqual(new Set(Object.values(overview.attention.why)), new Set(['away']));
    assert.ok(overview.minutes.reduce((sum, { messages }) => sum + messages, 0) > 0);
  });
});

describe('the door', () => {
  it('is open by our own names alone', async () => {
    assert.equal(await byName('evil.example', '/api/config'), 403);
    assert.equal(await byName('evil.example:4000', '/api/stories'), 403);
    assert.equal(await byName('localhost:4000', '/api/config'), 200);
    assert.equal(await byName('[::1]:4000', '/api/config'), 200);
    assert.equal(await byName('console', '/metrics'), 200, 'machines may');
  });

  it('lets no other page change anything', async () => {
    const rebuild = (headers: object) => byName('127.0.0.1', '/api/model/switch-back', 'POST', headers);
    assert.equal(await rebuild({ origin: 'http://evil.example' }), 403);
    assert.equal(await rebuild({ origin: 'null' }), 403);
    assert.equal(await rebuild({ 'sec-fetch-site': 'cross-site' }), 403);
    assert.equal(await rebuild({ origin: 'http://127.0.0.1' }), 409);
  });

  it('says what pages may load, and never who it is', async () => {
    const { headers } = await get('/api/config');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'self';.*frame-ancestors 'none'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('access-control-allow-origin'), null);
    assert.equal(headers.get('x-powered-by'), null);
  });

  it('takes hostile queries as mistakes', async () => {
    const hostile = [
      '%00',
      '%ED%A0%80',
      "' or 1=1 --",
      'x'.repeat(5_000),
      '%',
      '[]',
      '{"$gt":1}',
      '../../etc/passwd',
    ];
    for (const text of hostile) {
      for (const path of [
        `/api/stories/${text}`,
        `/api/find?q=${text}`,
        `/api/stories?customer=${text}`,
        `/api/stories?cursor=${text}`,
      ]) {
        const { status } = await get(path);
        assert.ok(status < 500, `${path}: ${status}`);
      }
    }
  });

  it('takes a target that is no URL as a mistake too, and goes on', async () => {
    for (const target of ['http://[/', 'http://[/api/stories'])
      assert.equal(await byName('localhost', target), 400, target);
    assert.equal((await get('/health/ready')).status, 200);
  });

  it('describes every answer', async () => {
    const { paths } = (await json('/openapi.json')) as {
      paths: Record<
        string,
        Record<string, { responses: Record<string, { content?: Record<string, { schema?: object }> }> }>
      >;
    };
    assert.ok('/api/stories/{correlationId}' in paths && '/api/stream' in paths);
    for (const [path, methods] of Object.entries(paths)) {
      for (const [status, { content }] of Object.values(methods).flatMap(({ responses }) =>
        Object.entries(responses),
      )) {
        if (status === '304') continue;
        const [schema] = Object.values(content ?? {}).map((one) => one.schema);
        assert.ok(schema && Object.keys(schema).length > 0, `${path} ${status}`);
      }
    }
  });

  it('is closed for writers of a read-only console', async () => {
    const own = await freshDatabase();
    const quietOne = await startedConsole(own.url, { CONSOLE_READ_ONLY: 'true' });
    const response = await fetch(`${quietOne.url}/api/model/rebuild`, { method: 'POST' });
    assert.equal(response.status, 403);
    assert.equal(Config.parse(await (await fetch(`${quietOne.url}/api/config`)).json()).readOnly, true);
    await quietOne.stop();
    await own.drop();
  });

  it('passes the shop on, and says which service is away', async () => {
    const response = await post('/api/shop/orders', { customerId: 'x' });
    assert.equal(response.status, 503);
    assert.match(await response.text(), /order cannot be asked/);
  });
});

describe('a stream', () => {
  it('that its page closes is over here too, before anything is sent to it', async () => {
    const listeners = async () =>
      Number(/^order_saga_console_listeners (\d+)/m.exec(await (await get('/metrics')).text())?.[1]);
    const closing = new AbortController();
    const open = () => fetch(`${url()}/api/stream?stories=1`, { signal: closing.signal });
    for (const { status } of await Promise.all([open(), open(), open()])) assert.equal(status, 200);
    assert.equal(await listeners(), 3);
    closing.abort();
    await eventually('nobody listens', async () => (await listeners()) === 0, { withinMs: 3_000 });
  });

  it('that is asked for by HEAD has no body, and so an end', async () => {
    assert.equal(await byName('localhost', '/api/stream', 'HEAD'), 200);
  });
});
