/** Who may do what: every call of every service, with tokens of a real identity provider. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { AUDIENCE } from '@order-saga/contracts/access';
import type { ServiceName } from '@order-saga/contracts/system';
import { queryAt } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { postgresUrl } from '@sagakit/testing/infrastructure';
import {
  type Answer,
  call,
  type OrderBody,
  orderBody,
  type OrderView,
  type SagaView,
} from '../shop/client.ts';
import { allCalls, type Call, identity } from './callers.ts';
import { HIDDEN, parkContact, showing } from './parked-contact.ts';
import { type Services, startServices } from './services.ts';

type Body = { detail?: string; errors?: { field: string }[] };

const OPEN = ['/health/live', '/health/ready', '/health/started', '/metrics', '/stock', '/stock/{sku}'];
const PER_MINUTE = 40;
const NOBODYS = '0198c0de-0000-7000-8000-000000000001';

describe('who may do what', () => {
  let provider: Awaited<ReturnType<typeof identity>>;
  let services: Services;
  let calls: Call[];
  const tokens = {} as Record<'ada' | 'bob' | 'operator' | 'viewer', string>;

  const ask = <T = Body>(
    service: ServiceName,
    target: string,
    token?: string,
    init: RequestInit = {},
  ): Promise<Answer<T>> =>
    call<T>(`${services.urls[service]}${target}`, {
      ...init,
      headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
  const sent = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const any = ({ service, method, target }: Call, token?: string) => {
    const there = target.replace('{sku}', 'SKU-0001').replace(/\{\w+\}/g, NOBODYS);
    const init = method === 'GET' ? {} : sent(method, {}, { 'idempotency-key': randomUUID() });
    return ask(service, there, token, init);
  };
  const place = (body: OrderBody, token: string, key: string = randomUUID()) =>
    ask<OrderView & Body>('order', '/orders', token, sent('POST', body, { 'idempotency-key': key }));
  const of = (customerId: string) => orderBody([{ sku: 'SKU-0001', quantity: 1 }], 'tok_visa', customerId);
  const inOrders = <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    queryAt<Row>(services.databases.order, sql, values);

  before(async () => {
    provider = await identity();
    services = await startServices({
      environment: {
        AUTH: 'on',
        AUTH_ISSUER: provider.url,
        AUTH_AUDIENCE: AUDIENCE,
        AUTH_JWKS: `${provider.url}/jwks`,
        ORDERS_PER_MINUTE: String(PER_MINUTE),
      },
    });
    calls = await allCalls(services.urls);
    tokens.ada = await provider.token('customer-ada');
    tokens.bob = await provider.token('customer-bob');
    tokens.operator = await provider.token('operator');
    tokens.viewer = await provider.token('viewer');
  });
  after(async () => {
    await services?.stop();
    await provider?.close();
  });

  it('nobody does anything without a token, but what is open', async () => {
    assert.ok(calls.length > 40, `only ${calls.length} calls were found`);
    for (const one of calls) {
      const { status, headers } = await any(one);
      const name = `${one.method} ${one.service} ${one.target}: ${status}`;
      assert.equal(status === 401, one.method !== 'GET' || !OPEN.includes(one.target), name);
      assert.equal(one.scopes === undefined, status !== 401, `${name}; /openapi.json says ${one.scopes}`);
      if (status !== 401) continue;
      assert.match(headers.get('www-authenticate') ?? '', /^Bearer realm="order-saga"$/, name);
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/, name);
    }
  });

  for (const [who, scopes] of [
    ['ada', ['orders']],
    ['viewer', ['read']],
    ['operator', ['orders:any', 'operate', 'read']],
  ] as const)
    it(`${who} does what a scope of theirs is for, and nothing else`, async () => {
      for (const one of calls.filter((each) => each.scopes)) {
        const { status, headers } = await any(one, tokens[who]);
        const mayDo = one.scopes?.some((scope) => scopes.some((own) => own === scope));
        const name = `${one.method} ${one.service} ${one.target}: ${status}`;
        assert.equal(status !== 403, mayDo, name);
        assert.notEqual(status, 401, name);
        if (status === 403)
          assert.match(headers.get('www-authenticate') ?? '', /^Bearer error="insufficient_scope", scope="/);
      }
    });

  it('a viewer changes nothing at all, and a customer nothing but orders and what is known of them', () => {
    const changes = calls.filter(({ method }) => method !== 'GET');
    for (const { scopes, method, target } of changes) {
      assert.ok(!scopes?.includes('read'), `${method} ${target}`);
      assert.equal(scopes?.includes('orders'), /^.(orders|customers)/.test(target), `${method} ${target}`);
    }
  });

  it('a customer places for themselves alone; the staff for everybody', async () => {
    assert.equal((await place(of('customer-ada'), tokens.ada)).status, 202);
    const foreign = await place(of('customer-bob'), tokens.ada);
    assert.equal(foreign.status, 403);
    assert.deepEqual(
      foreign.body.errors?.map(({ field }) => field),
      ['customerId'],
    );
    assert.match(foreign.headers.get('www-authenticate') ?? '', /scope="orders:any"/);
    assert.equal((await place(of('customer-bob'), tokens.operator)).status, 202);
  });

  it('another customer’s order is as if it were not there', async () => {
    const { orderId } = (await place(of('customer-ada'), tokens.ada)).body;
    const targets = ['', '/events', `?asOf=${encodeURIComponent(new Date().toISOString())}`];
    for (const rest of targets) {
      assert.equal((await ask('order', `/orders/${orderId}${rest}`, tokens.ada)).status, 200, rest);
      assert.equal((await ask('order', `/orders/${orderId}${rest}`, tokens.viewer)).status, 200, rest);
      const bobs = await ask('order', `/orders/${orderId}${rest}`, tokens.bob);
      const unknown = await ask('order', `/orders/${NOBODYS}${rest}`, tokens.bob);
      assert.equal(bobs.status, 404, rest);
      const said = JSON.stringify(bobs.body).replaceAll(orderId, NOBODYS);
      assert.equal(said, JSON.stringify(unknown.body));
    }
    const cancel = (token: string) => ask('order', `/orders/${orderId}/cancel`, token, { method: 'POST' });
    assert.equal((await cancel(tokens.bob)).status, 404);
    const asked = `select from order_events where order_id = $1 and type = 'OrderCancellationRequested'`;
    assert.equal((await inOrders(asked, [orderId])).length, 0);
    assert.equal((await cancel(tokens.ada)).status, 202);
  });

  it('a customer’s list is of their own orders, whatever it asks for', async () => {
    await place(of('customer-bob'), tokens.bob);
    type Page = { items: (OrderView & { customerId: string })[] };
    const list = async (query: string, token: string) => {
      const { body } = await ask<Page>('order', `/orders?limit=200&${query}`, token);
      return [...new Set(body.items.map(({ customerId }) => customerId))].sort();
    };
    assert.deepEqual(await list('', tokens.ada), ['customer-ada']);
    assert.deepEqual(await list('customerId=customer-ada', tokens.ada), ['customer-ada']);
    assert.deepEqual(await list('customerId=customer-bob', tokens.ada), []);
    assert.deepEqual(await list('', tokens.viewer), ['customer-ada', 'customer-bob']);
  });

  it('a key belongs to its caller', async () => {
    const key = randomUUID();
    const first = await place(of('customer-ada'), tokens.ada, key);
    assert.deepEqual((await place(of('customer-ada'), tokens.ada, key)).body, first.body);
    const other = { ...of('customer-ada'), lines: [{ sku: 'SKU-0001', quantity: 2 }] };
    assert.equal((await place(other, tokens.ada, key)).status, 422);
    const bobs = await place(of('customer-bob'), tokens.bob, key);
    assert.equal(bobs.status, 202);
    assert.notEqual(bobs.body.orderId, first.body.orderId);
  });

  it('a key of before there were callers is good for the same body, and in nobody’s way for another', async () => {
    const key = randomUUID();
    const before = await place(of('customer-ada'), tokens.ada, key);
    await inOrders('update idempotency_keys set key = $1 where key = $2', [key, `customer-ada\n${key}`]);
    assert.deepEqual((await place(of('customer-ada'), tokens.ada, key)).body, before.body);
    const bobs = await place(of('customer-bob'), tokens.bob, key);
    assert.equal(bobs.status, 202);
    assert.notEqual(bobs.body.orderId, before.body.orderId);
  });

  it('an address is masked for who may not see personal data', async () => {
    await queryAt(
      services.databases.notification,
      `insert into notifications values ($1, 'order-confirmed', 'ada@example.com', now())`,
      [NOBODYS],
    );
    const shownTo = async (token: string) => {
      const found = await ask<{ items: { to: string }[] }>(
        'notification',
        `/notifications?orderId=${NOBODYS}`,
        token,
      );
      return found.body.items.map(({ to }) => to);
    };
    assert.deepEqual(await shownTo(tokens.operator), ['a…@example.com']);
    assert.deepEqual(await shownTo(await provider.token('privacy')), ['ada@example.com']);
  });

  it('a parked message shows no personal data and no card token to who may not see them', async () => {
    const value = await parkContact(services.databases.notification, NOBODYS);
    const shownTo = async (token: string) => {
      const asked = showing(NOBODYS).map(({ target, init }) => ask('notification', target, token, init));
      return JSON.stringify((await Promise.all(asked)).map(({ body }) => body));
    };
    for (const token of [tokens.operator, tokens.viewer]) {
      const said = await shownTo(token);
      assert.match(said, /a…@example.com/);
      assert.match(said, /"data-error; its words are withheld/);
      for (const secret of HIDDEN) assert.ok(!said.includes(secret), secret);
    }
    const said = await shownTo(await provider.token('privacy'));
    for (const shown of [JSON.stringify(value), 'invalid input']) assert.ok(said.includes(shown), shown);
  });

  it('what is known of a customer is shown to them and to who has `privacy`, and to nobody else', async () => {
    await place(of('customer-ada'), tokens.ada);
    const privacy = await provider.token('privacy');
    const target = '/customers/customer-ada/personal-data';
    type Held = { items: { contact: { email: string } }[]; holders: object[] };
    for (const token of [tokens.ada, privacy]) {
      const { status, body } = await ask<Held>('order', target, token);
      assert.equal(status, 200);
      assert.equal(body.items[0]?.contact.email, 'ada@example.com');
      assert.ok(body.holders.length > 1);
    }
    for (const token of [tokens.operator, tokens.viewer])
      for (const method of ['GET', 'DELETE'])
        assert.equal((await ask('order', target, token, { method })).status, 403);
    const unknown = '/customers/customer-who/personal-data';
    for (const method of ['GET', 'DELETE']) {
      const bobs = await ask('order', target, tokens.bob, { method });
      const nobodys = await ask('order', unknown, tokens.bob, { method });
      assert.deepEqual([bobs.status, nobodys.status], [404, 404]);
      assert.equal(JSON.stringify(bobs.body).replaceAll('-ada', '-who'), JSON.stringify(nobodys.body));
      const told = await ask('order', unknown, privacy, { method });
      assert.deepEqual([told.status, told.body], [404, nobodys.body]);
    }
  });

  it('is forgotten when they ask, under their name; asked twice, or by another, it is the same', async () => {
    const nora = await provider.token('customer-nora');
    const target = '/customers/customer-nora/personal-data';
    const key = randomUUID();
    const placed = await place(of('customer-nora'), nora, key);
    const first = await ask<{ by: string }>('order', target, nora, { method: 'DELETE' });
    assert.deepEqual([first.status, first.body.by], [202, 'customer-nora']);
    const again = await ask('order', target, await provider.token('privacy'), { method: 'DELETE' });
    assert.deepEqual([again.status, again.body], [202, first.body]);
    type Held = { items: object[]; holders: object[]; erasures: { by: string; orders: number }[] };
    await eventually('it is done', async () => {
      const { body } = await ask<Held>('order', target, nora);
      assert.deepEqual([body.items, body.holders], [[], []]);
      return body.erasures[0]?.by === 'customer-nora' && body.erasures[0].orders === 1;
    });
    const kept = await inOrders<{ whole: string }>(
      `select request_hash as whole from idempotency_keys where key = $1`,
      [`customer-nora\n${key}`],
    );
    assert.deepEqual(kept, [{ whole: '' }]);
    assert.deepEqual(
      (await place(of('customer-nora'), nora, key)).body,
      placed.body,
      'the key is still theirs',
    );
    const other = { ...of('customer-nora'), lines: [{ sku: 'SKU-0001', quantity: 2 }] };
    assert.equal((await place(other, nora, key)).status, 422);

    await place(of('customer-nora'), nora);
    assert.equal(
      (await ask<Held>('order', target, nora)).body.items.length,
      1,
      'a later order is a new contact',
    );
  });

  it('what an operator does is written down under their name, whatever the body says', async () => {
    const { orderId } = (await place(of('customer-ada'), tokens.operator)).body;
    const target = `/sagas/${orderId}`;
    await eventually('the saga is there', async () => {
      const note = sent('POST', { text: 'called', by: 'somebody else' });
      return (await ask('saga-orchestrator', `${target}/notes`, tokens.operator, note)).status === 202;
    });
    const { body } = await ask<SagaView>('saga-orchestrator', target, tokens.viewer);
    assert.deepEqual(
      body.actions.map(({ by }) => by),
      ['operator'],
    );
  });

  it('one customer who places too many waits; nobody else does', async () => {
    const eager = await provider.token('customer-eager');
    const many = Array.from({ length: PER_MINUTE + 10 }, () => place(of('customer-eager'), eager));
    const answers = await Promise.all(many);
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 5, `${refused.length} were refused`);
    assert.ok(answers.length - refused.length >= PER_MINUTE);
    for (const { headers } of refused) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal((await place(of('customer-bob'), tokens.bob)).status, 202);
    const staff = await Promise.all(
      Array.from({ length: PER_MINUTE + 10 }, () => place(of('customer-eager'), tokens.operator)),
    );
    assert.deepEqual([...new Set(staff.map(({ status }) => status))], [202]);
  });

  it('an order that could not be taken for now costs its customer no turn', async () => {
    const carol = await provider.token('customer-carol');
    const placeAsMany = async () => {
      const answers = await Promise.all(
        Array.from({ length: PER_MINUTE }, () => place(of('customer-carol'), carol)),
      );
      return [...new Set(answers.map(({ status }) => status))];
    };
    const name = new URL(services.databases.order).pathname.slice(1);
    const admit = (whether: boolean) =>
      queryAt(postgresUrl(), `alter database ${name} allow_connections ${whether}`);
    await admit(false);
    try {
      await queryAt(
        postgresUrl(),
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
        [name],
      );
      assert.deepEqual(await placeAsMany(), [503]);
    } finally {
      await admit(true);
    }
    await eventually('it is ready', async () => (await ask('order', '/health/ready')).status === 200);
    assert.deepEqual(await placeAsMany(), [202]);
  });

  it('tokens are good while the provider is away, also those that were never seen before', async () => {
    const fresh = await provider.token('customer-fresh');
    await provider.stop();
    try {
      assert.equal((await ask('order', '/orders', fresh)).status, 200);
      assert.equal((await place(of('customer-ada'), tokens.ada)).status, 202);
    } finally {
      await provider.start('keys.json');
    }
  });

  it('a new key is seen with its first token, and what the old one signed is at an end', async () => {
    await provider.stop();
    await provider.start('other-keys.json');
    const token = await provider.token('customer-ada');
    await eventually(
      'the new key is taken',
      async () => (await ask('order', '/orders', token)).status === 200,
      {
        withinMs: 20_000,
      },
    );
    assert.equal((await ask('order', '/orders', tokens.ada)).status, 401);
  });
});
