import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { eventually } from '@sagakit/testing/eventually';
import pg from 'pg';
import { Story } from '../src/api.ts';
import { Model } from '../src/api-model.ts';
import { exportOf, readerOf, type Told as ToldSpan } from './otlp.ts';
import { consoleOfThisFile, declined, good } from './running.ts';

const { url, databaseUrl, put, json, post, whole } = consoleOfThisFile();

const send = (body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${url()}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as string,
  });
const exported = async (...spans: ToldSpan[]) => {
  const response = await send(JSON.stringify(exportOf(...spans)));
  assert.equal(response.status, 200, await response.clone().text());
  return response;
};

describe('spans', () => {
  it('stand in the story of their trace, and say what was dropped as a duplicate', async () => {
    const told = await put(good);
    const before = await whole(told);
    assert.deepEqual([before.spans, before.more.spans], [[], 'none']);
    assert.match(before.more.whyNotAllSpans ?? '', /No spans of it came/);
    const { id = '' } = before.events.find(({ type }) => type === 'ProcessPayment') ?? {};
    const of = { trace: told.trace, story: told.story, at: Date.now() };
    await exported(
      { ...of, ...readerOf('payment', id, { 'order_saga.duplicate': true }) },
      { ...of, kind: 2, story: null, service: 'order', name: 'POST /orders' },
      { ...of, story: 'another-story', service: 'order' },
    );
    const { spans, events, more } = Story.parse(await json(`/api/stories/${told.story}`));
    assert.deepEqual(spans.map(({ service, kind }) => [service, kind]).sort(), [
      ['order', 'server'],
      ['payment', 'consumer'],
    ]);
    assert.deepEqual(
      events.find((event) => event.id === id)?.readers.map(({ service, did }) => [service, did]),
      [
        ['payment', 'took-effect'],
        ['payment', 'duplicate'],
      ],
    );
    assert.deepEqual([more.spans, more.whyNotAllSpans], ['all', undefined]);
  });

  it('are the same after they were sent twice, and after a rebuild', async () => {
    const told = await put(declined);
    await whole(told);
    const span = { trace: told.trace, story: told.story, span: 'abcdefabcdefabcd', at: Date.now() };
    await exported(span);
    await exported(span);
    assert.equal((await whole(told)).spans.length, 1);
    assert.equal((await post('/api/model/rebuild')).status, 202);
    await eventually('it is switched', async () => {
      const { rebuild } = Model.parse(await json('/api/model'));
      return rebuild?.state === 'switched';
    });
    assert.equal((await whole(told)).spans.length, 1);
  });

  it('come packed, and wake who looks at their story', async () => {
    const told = await put(good);
    await whole(told);
    const controller = new AbortController();
    const stream = await fetch(`${url()}/api/stream?story=${told.story}`, { signal: controller.signal });
    const text = gzipSync(JSON.stringify(exportOf({ trace: told.trace, story: told.story, at: Date.now() })));
    assert.equal((await send(text, { 'content-encoding': 'gzip' })).status, 200);
    let heard = '';
    for await (const part of (stream.body as ReadableStream<Uint8Array>).pipeThrough(
      new TextDecoderStream(),
    )) {
      heard += part;
      if (heard.includes('event: story')) break;
    }
    assert.match(heard, new RegExp(`event: story\\ndata: {"id":"${told.story}","messages":0}`));
    controller.abort();
  });

  it('are refused in words if they are protobuf, too much or none', async () => {
    const protobuf = await send(Buffer.from([10, 0]), { 'content-type': 'application/x-protobuf' });
    assert.equal(protobuf.status, 415);
    assert.match(await protobuf.text(), /OTEL_EXPORTER_OTLP_PROTOCOL=http\/json/);
    const bomb = gzipSync(Buffer.alloc(5 * 1024 * 1024, ' '));
    assert.equal((await send(bomb, { 'content-encoding': 'gzip' })).status, 413);
    for (const [body, headers] of [
      ['{', {}],
      ['{"resourceSpans":7}', {}],
      ['x', { 'content-encoding': 'gzip' }],
    ] as const) {
      const response = await send(body, headers);
      assert.equal(response.status, 400, body);
      assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    }
    assert.equal((await send('{}', { 'content-encoding': 'snappy' })).status, 415);
    assert.equal((await fetch(`${url()}/v1/traces`)).status, 405);
    const some = exportOf({ at: Date.now() });
    (some.resourceSpans[0]?.scopeSpans[0]?.spans[0] as Record<string, unknown>)['spanId'] = '';
    assert.match(await (await send(JSON.stringify(some))).text(), /"rejectedSpans":1/);
  });

  it('of a time that is not kept are counted as dropped, and the newest traces alone stay', async () => {
    const { spans: before } = Model.parse(await json('/api/model'));
    await exported({ trace: '1'.repeat(32), at: Date.now() - 25 * 3_600_000 });
    const { spans: after } = Model.parse(await json('/api/model'));
    assert.deepEqual([after?.kept, after?.dropped], [before?.kept, (before?.dropped ?? 0) + 1]);
    assert.match(after?.why ?? '', /20 traces a second/);
  });
});

describe('kept spans', () => {
  it('are of the newest 5,000 traces of 24 hours', async () => {
    const client = new pg.Client({ connectionString: databaseUrl() });
    await client.connect();
    const old = Math.floor(Date.now() / 3_600_000) - 24;
    await client.query(`create table console.span_h${old} partition of console.span for values in (${old})`);
    await client.query(
      `insert into console.trace (trace, why, kept_at) select 'old' || n, 'budget', now() - interval '1 hour' - n * interval '1 s'
       from generate_series(1, 5100) n`,
    );
    const hour = Math.floor(Date.now() / 3_600_000);
    await client.query(
      `insert into console.span
       select ${hour}, 'old' || n, 's', null, 'x', 'x', 'server', 0, 0, false, null, '{}' from generate_series(1, 5100) n`,
    );
    const count = async (text: string) =>
      (await client.query<{ n: number }>(`select count(*)::int as n from ${text}`)).rows[0]?.n ?? -1;
    await eventually('the rest is forgotten', async () => {
      await exported({ trace: '2'.repeat(32), at: Date.now() });
      return (await count('console.trace')) === 5_000;
    });
    assert.equal(await count(`console.span where trace = 'old1'`), 1);
    assert.equal(await count(`console.span where trace = 'old5100'`), 0);
    assert.equal(await count(`pg_class where relname = 'span_h${old}'`), 0);
    await client.end();
  });
});
