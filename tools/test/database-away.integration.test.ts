/**
 * What callers and operators are told while a service cannot use its database: the same in all services, for
 * reads and writes.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { queryAt } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, postgresUrl } from '@sagakit/testing/infrastructure';
import { orderBody } from '../shop/client.ts';
import { type Wire, wireTo } from '@sagakit/testing/wire';
import { allReady, type Services, startService, startServices } from './services.ts';

/** A client usually waits ten seconds. */
const PATIENCE_MS = 10_000;

const ORDER = '0198c0de-0000-7000-8000-000000000001';
const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  body: JSON.stringify(body),
});

/** Every call that needs the database. */
const CALLS: [ServiceName, string, RequestInit?][] = [
  ['order', '/orders'],
  ['order', '/orders?status=PENDING'],
  ['order', `/orders/${ORDER}`],
  ['order', `/orders/${ORDER}?asOf=2026-01-01T00:00:00Z`],
  ['order', `/orders/${ORDER}/events`],
  ['order', '/orders', json('POST', orderBody([{ sku: 'SKU-0001', quantity: 1 }]))],
  ['order', `/orders/${ORDER}/cancel`, { method: 'POST' }],
  ['inventory', '/stock'],
  ['inventory', '/stock/SKU-0001'],
  ['inventory', '/stock/SKU-0001/adjustments', json('POST', { quantity: 1, reason: 'found' })],
  ['inventory', '/stock/SKU-0001/price', json('PUT', { amount: 100, currency: 'EUR' })],
  ['payment', `/payments/${ORDER}`],
  ['notification', '/notifications'],
  ['saga-orchestrator', '/sagas'],
  ['saga-orchestrator', '/sagas?overdue=true'],
  ['saga-orchestrator', `/sagas/${ORDER}`],
  ['saga-orchestrator', `/sagas/${ORDER}/retry`, json('POST', {})],
  ['saga-orchestrator', `/sagas/${ORDER}/notes`, json('POST', { text: 'x' })],
  ...SERVICES.flatMap((name): [ServiceName, string, RequestInit?][] => [
    [name, '/dead-letters'],
    [name, `/dead-letters/${ORDER}`],
    [name, `/dead-letters/${ORDER}/replay`, json('POST', {})],
    [name, `/dead-letters/${ORDER}/discard`, json('POST', { reason: 'x' })],
  ]),
];
const WRITES = CALLS.filter(([, , init]) => init);

describe('while the database cannot be used', () => {
  let wire: Wire;
  let services: Services;

  before(async () => {
    wire = await wireTo(postgresUrl());
    services = await startServices({ seenAs: wire.through });
  });
  after(async () => {
    wire.mend();
    await services.stop();
    wire.close();
  });

  async function tellsToComeBack(calls: typeof CALLS): Promise<void> {
    const began = performance.now();
    const answers = await Promise.all(
      calls.map(async ([name, path, init]) => {
        const response = await fetch(`${services.urls[name]}${path}`, {
          ...init,
          signal: AbortSignal.timeout(PATIENCE_MS),
        }).catch((error: Error) => error);
        const call = `${name} ${init?.method ?? 'GET'} ${path}`;
        if (response instanceof Error) return `${call}: ${response.message}`;
        const { status, headers } = response;
        await response.text();
        return `${call}: ${status}, retry-after ${headers.get('retry-after')}, ${headers.get('content-type')?.split(';')[0]}`;
      }),
    );
    const right = calls.map(([name, path, init]) => {
      const call = `${name} ${init?.method ?? 'GET'} ${path}`;
      return `${call}: 503, retry-after 1, application/problem+json`;
    });
    assert.deepEqual(answers, right, `after ${performance.now() - began} ms`);
  }

  async function notReady(reason: RegExp): Promise<void> {
    for (const url of Object.values(services.urls)) {
      const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      assert.equal(response.status, 503);
      assert.match(((await response.json()) as { reason: string }).reason, reason);
    }
  }

  /** Nothing that probes may end them for waiting: nothing is broken. */
  async function haveStarted(): Promise<void> {
    for (const url of Object.values(services.urls)) {
      for (const path of ['/health/live', '/health/started']) {
        const { status } = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
        assert.equal(status, 200, path);
      }
    }
  }

  /** Of a service each of its connections, as far as so many calls at once need them. */
  const adjustAtOnce = () =>
    Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        const change = json('POST', { quantity: 1, reason: 'found' });
        const sku = `SKU-${String(at + 1).padStart(4, '0')}`;
        return (await fetch(`${services.urls.inventory}/stock/${sku}/adjustments`, change)).status;
      }),
    );

  const backAgain = () =>
    eventually('all are ready again', () => allReady(services.urls), { withinMs: 60_000 });

  async function onEach(sql: (database: string) => string): Promise<void> {
    for (const url of Object.values(services.databases))
      await queryAt(postgresUrl(), sql(new URL(url).pathname.slice(1)));
  }

  it('because nobody answers there, every call is told to come back, and ready says why', async () => {
    wire.cut();
    await tellsToComeBack(CALLS);
    await notReady(/^database: /);
    await haveStarted();
    wire.mend();
    await backAgain();
  });

  it('because it is frozen, every call is told so before its client gives up', async () => {
    // The silence falls on connections that stand: one that is made in it fails by another limit.
    const reads = CALLS.filter(([, , init]) => !init);
    await Promise.all(
      reads.map(async ([name, path]) => (await fetch(`${services.urls[name]}${path}`)).text()),
    );
    wire.silence();
    await tellsToComeBack(CALLS);
    await notReady(/^database: .*(no answer|timeout)/i);
    await haveStarted();
    wire.mend();
    await backAgain();
    const { status } = await fetch(`${services.urls.order}/orders`);
    assert.equal(status, 200);
  });

  it('because a table is missing there, ready says which', async () => {
    await queryAt(services.databases.order, 'alter table products rename to put_aside');
    const ready = await fetch(`${services.urls.order}/health/ready`);
    await queryAt(services.databases.order, 'alter table put_aside rename to products');
    assert.equal(ready.status, 503);
    assert.match(((await ready.json()) as { reason: string }).reason, /^database: .*products.*42P01/);
    await backAgain();
  });

  it('because it is read-only, writes are told to come back; once it is over no connection remembers it', async () => {
    await onEach((database) => `alter database ${database} set default_transaction_read_only = on`);
    await onEach(
      (database) => `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    );
    await eventually(
      'it is seen',
      async () => (await fetch(`${services.urls.order}/health/ready`)).status === 503,
    );
    await notReady(/^database: the server is read-only/);
    // Those about nothing have nothing to write.
    await tellsToComeBack(WRITES.filter(([, path]) => path === '/orders' || path.startsWith('/stock')));
    assert.deepEqual(await adjustAtOnce(), Array(8).fill(503));
    await onEach((database) => `alter database ${database} reset default_transaction_read_only`);
    // At once: whoever asks for readiness meanwhile has those found out, and thrown away, that are left.
    assert.deepEqual(await adjustAtOnce(), Array(8).fill(200));
    await backAgain();
    const [name, path, init] = WRITES.find(([, to]) => to === '/orders') as (typeof CALLS)[number];
    for (let again = 0; again < 10; again++) {
      const { status } = await fetch(`${services.urls[name]}${path}`, {
        ...init,
        ...json('POST', JSON.parse(init?.body as string)),
      });
      assert.equal(status, 202);
    }
  });
});

describe('a service that its database does not let in', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const role = `stranger_${process.pid}`;

  before(async () => {
    database = await freshDatabase();
    await queryAt(postgresUrl(), `create role ${role} login password 'right'`);
  });
  after(async () => {
    await database.drop();
    await queryAt(postgresUrl(), `drop role if exists ${role}`);
  });

  const cases: [string, (url: URL) => void, RegExp][] = [
    [
      'a wrong password',
      (url) => Object.assign(url, { username: role, password: 'wrong' }),
      /password.*28P01.*DATABASE_PASSWORD/,
    ],
    [
      'a role that is not there',
      (url) => Object.assign(url, { username: 'nobody_here', password: 'x' }),
      /nobody_here.*role does not exist/,
    ],
    [
      'a database that is not there',
      (url) => Object.assign(url, { pathname: '/not_there' }),
      /not_there.*3D000.*make it/,
    ],
  ];
  for (const [what, change, reason] of cases) {
    it(`says so: ${what}`, async () => {
      const url = new URL(database.url);
      change(url);
      const service = await startService('payment', { DATABASE_URL: url.href });
      try {
        const ready = await fetch(`http://127.0.0.1:${service.port}/health/ready`);
        assert.equal(ready.status, 503);
        assert.match(((await ready.json()) as { reason: string }).reason, reason);
        const started = await fetch(`http://127.0.0.1:${service.port}/health/started`);
        assert.equal(started.status, 503);
      } finally {
        await service.stop();
      }
    });
  }
});
