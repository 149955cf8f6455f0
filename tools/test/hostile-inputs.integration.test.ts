/**
 * Every input of every call of every service, from its own /openapi.json, with what no database holds and no
 * schema expects: never a 5xx.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { newId } from '@sagakit/resilience/ids';
import { call, type OrderView, orderBody } from '../shop/client.ts';
import { type Services, startServices } from './services.ts';

type Schema = { properties?: Record<string, Schema>; items?: Schema; type?: string };
type Operation = {
  parameters?: { name: string; in: 'path' | 'query' | 'header' }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
};
type OpenApi = { paths: Record<string, Record<string, Operation>> };
type Call = { service: ServiceName; method: string; path: string; operation: Operation };

const cursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
const ID = '0198c0de-0000-7000-8000-000000000001';
const TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  '2026-01-01T00:00:00+23:59',
  '2026-01-01T00:00:00-23:59',
  '2026-02-30T00:00:00Z',
  '+010000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '294277-01-01T00:00:00Z',
];
const WORDS = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff x',
  '\u0007',
  'x'.repeat(5_000),
  "' or 1=1 --",
  '\u202e',
  '%',
  '\\',
  '\\u0000',
];
const NUMBERS = [
  '-1',
  '0',
  '1.5',
  '1e400',
  '1e9',
  '0x10',
  '99999999999999999999',
  '2147483648',
  '9223372036854775808',
  'NaN',
  '-0',
  ' 1 ',
];
const CURSORS = [
  ...TIMES.flatMap((time) => [cursor({ placedAt: time, orderId: ID }), cursor({ parkedAt: time, id: ID })]),
  ...[ID.toUpperCase(), '\u0000', 'x', 1, null, {}].flatMap((id) => [
    cursor({ orderId: id }),
    cursor({ sku: id }),
    cursor({ id }),
  ]),
  cursor({ orderId: ID, kind: '\u0000' }),
  cursor({ orderId: ID, kind: 'x'.repeat(400) }),
  cursor({ place: '99999999999999999999' }),
  cursor([]),
  cursor(null),
  '%%%',
  'x'.repeat(6_000),
];
/** In a URL, percent-encoded; lone surrogates cannot stand there. */
const IN_URL = [
  ...TIMES,
  ...WORDS.filter((word) => word.isWellFormed()),
  ...NUMBERS,
  ID.toUpperCase(),
  '',
  'true',
  '[]',
  '{}',
];
const RAW = ['%00', '%', '%zz', '%E0%A4%A', '%c0%af', '%ff%fe', '..', '%2e%2e%2f'];
const IN_BODY = [
  ...TIMES,
  ...WORDS,
  ...NUMBERS,
  1e400,
  -1,
  1.5,
  2 ** 53,
  2 ** 31,
  -(2 ** 63),
  true,
  null,
  [],
  {},
  [[[[]]]],
  '',
];

/** A body that is taken, by the end of the path. */
const BODIES: [RegExp, () => unknown][] = [
  [/\/orders$/, () => orderBody([{ sku: 'SKU-0001', quantity: 1 }])],
  [/\/adjustments$/, () => ({ quantity: 1, reason: 'found' })],
  [/\/price$/, () => ({ amount: 100, currency: 'EUR' })],
  [/\/notes$/, () => ({ text: 'x', by: 'ada' })],
  [/\/replay$/, () => ({ by: 'ada', reason: 'x', dryRun: true })],
  [/./, () => ({ by: 'ada', reason: 'x' })],
];

/** The same value with one leaf after the other changed. */
function* mutated(value: unknown, leaf: unknown): Generator<unknown> {
  yield leaf;
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries())
      for (const other of mutated(one, leaf)) yield value.with(at, other);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value))
      for (const other of mutated(one, leaf)) yield { ...value, [key]: other };
  }
}

describe('an input that the database cannot hold', () => {
  let services: Services;
  let calls: Call[];
  let orderId: string;
  /** What each service says to who has begun to ask, and says no more. */
  let unfinished: Promise<string>[];

  before(async () => {
    services = await startServices();
    unfinished = Object.values(services.urls).map((url) => saidTo(url, 'GET /orders HTTP/1.1\r\nhost: '));
    const documents = await Promise.all(
      SERVICES.map(async (service) => ({
        service,
        ...(await call<OpenApi>(`${services.urls[service]}/openapi.json`)).body,
      })),
    );
    calls = documents.flatMap(({ service, paths }) =>
      Object.entries(paths).flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, operation]) => ({
          service,
          method: method.toUpperCase(),
          path,
          operation,
        })),
      ),
    );
    const placed = await call<OrderView>(`${services.urls.order}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify(orderBody([{ sku: 'SKU-0001', quantity: 1 }])),
    });
    orderId = placed.body.orderId;
  });
  after(() => services.stop());

  /** With what is there in the place of each parameter of the path. */
  const filled = (path: string) =>
    path
      .replace('{orderId}', orderId)
      .replace('{sku}', 'SKU-0001')
      .replace(/\{\w+\}/g, ID);

  const wrong: string[] = [];
  async function send(
    { service, method }: Call,
    target: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) {
    const init: RequestInit = {
      method,
      headers: {
        'idempotency-key': newId(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    };
    const response = await fetch(`${services.urls[service]}${target}`, init);
    const type = response.headers.get('content-type')?.split(';')[0];
    const text = await response.text();
    if (response.status >= 500 || (response.status >= 400 && type !== 'application/problem+json'))
      wrong.push(
        `${service} ${method} ${target} ${JSON.stringify(body)?.slice(0, 200) ?? ''}: ${response.status} ${text.slice(0, 200)}`,
      );
  }

  async function inTurn(requests: (() => Promise<void>)[]): Promise<void> {
    assert.ok(requests.length > 0);
    wrong.length = 0;
    const queue = [...requests];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) await next();
      }),
    );
    assert.deepEqual(wrong, [], `of ${requests.length}`);
  }

  const of = (place: 'path' | 'query' | 'header') =>
    calls.flatMap((one) =>
      (one.operation.parameters ?? []).filter((p) => p.in === place).map(({ name }) => ({ one, name })),
    );
  const bodyOf = ({ path, operation }: Call) =>
    operation.requestBody
      ? (BODIES.find(([end]) => end.test(path)) as (typeof BODIES)[number])[1]()
      : undefined;

  it('in a path is no 5xx', () =>
    inTurn(
      of('path').flatMap(({ one, name }) =>
        [...RAW, ...IN_URL.map(encodeURIComponent)].map(
          (value) => () => send(one, filled(one.path.replace(`{${name}}`, value)), bodyOf(one)),
        ),
      ),
    ));

  it('in a query is no 5xx, nor is a parameter that is there twice', () =>
    inTurn(
      of('query').flatMap(({ one, name }) => {
        const values = [
          ...RAW,
          ...[...IN_URL, ...(name === 'cursor' ? CURSORS : [])].map(encodeURIComponent),
        ];
        const twice = ['1', 'x', ''].flatMap((value) => [`${name}=1&${name}=${value}`, `${name}[]=${value}`]);
        const queries = [...values.map((value) => `${name}=${value}`), ...twice];
        return queries.map((query) => () => send(one, `${filled(one.path)}?${query}`, bodyOf(one)));
      }),
    ));

  it('in a body is no 5xx', () =>
    inTurn(
      calls
        .filter(({ operation }) => operation.requestBody)
        .flatMap((one) =>
          IN_BODY.flatMap((leaf) =>
            [...mutated(bodyOf(one), leaf)].map((body) => () => send(one, filled(one.path), body)),
          ),
        ),
    ));

  it('in a header is no 5xx', () =>
    inTurn(
      of('header').flatMap(({ one, name }) =>
        ['', 'x'.repeat(256), 'x'.repeat(5_000), '\u00ff\u0080', '\\u0000'].map(
          (value) => () => send(one, filled(one.path), bodyOf(one), { [name]: value }),
        ),
      ),
    ));

  const named: [ServiceName, string, string][] = [
    ...TIMES.filter((time) => !time.includes('23:59')).map((time): [ServiceName, string, string] => [
      'order',
      `/orders/{id}?asOf=${encodeURIComponent(time)}`,
      'asOf',
    ]),
    ...TIMES.filter((time) => !time.includes('23:59')).map((time): [ServiceName, string, string] => [
      'payment',
      `/dead-letters?parkedBefore=${encodeURIComponent(time)}`,
      'parkedBefore',
    ]),
    ...TIMES.slice(0, 1).map((time): [ServiceName, string, string] => [
      'order',
      `/orders?cursor=${cursor({ placedAt: time, orderId: ID })}`,
      'cursor',
    ]),
    ['notification', `/notifications?cursor=${cursor({ orderId: ID, kind: '\u0000' })}`, 'cursor'],
    ['order', '/orders?limit=1&limit=2', 'limit'],
    ['order', '/orders?customerId=a&customerId=b', 'customerId'],
    ['order', '/orders?limit=99999999999999999999', 'limit'],
    ['order', '/orders/%E0%A4%A', 'path'],
    ['inventory', '/stock/%zz', 'path'],
  ];
  for (const [service, target, field] of named) {
    it(`is named: ${service} ${target.slice(0, 90)}`, async () => {
      const { status, body } = await call<{ errors?: { field: string }[] }>(
        `${services.urls[service]}${target.replace('{id}', orderId)}`,
      );
      assert.equal(status, 400);
      assert.deepEqual([...new Set(body.errors?.map((error) => error.field))], [field]);
    });
  }

  for (const time of TIMES.filter((text) => text.includes('23:59:59') === false && text.includes('23:59'))) {
    it(`but only as it is written (${time}) is taken`, async () => {
      const at = encodeURIComponent(time);
      assert.equal((await call(`${services.urls.payment}/dead-letters?parkedBefore=${at}`)).status, 200);
      assert.ok(
        [200, 404].includes((await call(`${services.urls.order}/orders/${orderId}?asOf=${at}`)).status),
      );
    });
  }

  it('is not an id in upper case, nor an empty parameter', async () => {
    const { order, notification } = services.urls;
    assert.equal((await call<OrderView>(`${order}/orders/${orderId.toUpperCase()}`)).body.orderId, orderId);
    assert.equal((await call(`${order}/orders/${orderId.toUpperCase()}/events`)).status, 200);
    assert.equal((await call(`${notification}/notifications?orderId=${orderId.toUpperCase()}`)).status, 200);
    const whole = await call<{ items: OrderView[] }>(`${order}/orders?customerId=&status=&limit=&cursor=`);
    assert.equal(whole.status, 200);
    assert.equal(whole.body.items.length > 0, true);
    assert.equal((await call(`${order}/orders/${orderId}?asOf=`)).status, 200);
  });

  // The last: meanwhile the time has come.
  it('that does not come to its end is told so, and its connection is not kept', async () => {
    for (const said of await Promise.all(unfinished)) assert.match(said, /^HTTP\/1\.1 408 /);
  });
});

/** On a connection of its own, until it is closed. */
async function saidTo(url: string, bytes: string): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(bytes);
  let said = '';
  for await (const chunk of socket) said += (chunk as Buffer).toString();
  return said;
}
