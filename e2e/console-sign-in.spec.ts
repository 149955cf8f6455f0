/**
 * Who opens the console is signed in as somebody of the demo, by the identity provider, and what they do
 * there is done with their own token.
 */
import { CONSOLE } from '@order-saga/contracts/system';
import { NAVIGATES, playedBrowser } from '@sagakit/testing/browser';
import { urlOf } from '../tools/stack/state.ts';
import { CONTACT, expect, shop, someSku, stack, test } from './support/story.ts';

const page = () => urlOf(stack(), CONSOLE.name);

/** At the console's page. */
function browser() {
  const { ask, open, setCookies } = playedBrowser();
  const fromPage = (path: string, body?: object, headers: Record<string, string> = {}) =>
    ask(`${page()}${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: {
        'content-type': 'application/json',
        origin: page(),
        'sec-fetch-site': 'same-origin',
        'idempotency-key': crypto.randomUUID(),
        ...headers,
      },
    });
  return {
    ask,
    open,
    fromPage,
    setCookies,
    session: async () =>
      (await (await fromPage('/api/session')).json()) as {
        signIn: boolean;
        as?: string;
        people: string[];
        scopes?: string[];
      },
    async become(as: string) {
      const { location } = (await (await fromPage('/api/session', { as, back: '/shop' })).json()) as {
        location: string;
      };
      return open(location);
    },
  };
}

const order = (customerId: string) => ({
  customerId,
  lines: [{ sku: someSku(), quantity: 1 }],
  payment: { token: 'tok_visa' },
  contact: CONTACT,
});

test('who opens the page is signed in without being asked, may be somebody else, and does what that one may', async () => {
  const one = browser();
  const opened = await one.open(`${page()}/stories?status=CONFIRMED`);
  expect(opened.status).toBe(200);
  expect(opened.url).toBe(`${page()}/stories?status=CONFIRMED`);
  expect(await one.session()).toMatchObject({
    signIn: true,
    as: 'operator',
    people: ['operator', 'customer-1', 'viewer'],
    orders: 'any',
  });
  const { port } = new URL(page());
  const cookie = one.setCookies.find((line) => line.startsWith(`order-saga-console-${port}=`));
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
  expect(cookie, 'it is no token').not.toMatch(/eyJ/);
  expect((await one.fromPage('/api/shop/orders', order('customer-7'))).status).toBe(202);

  await one.become('viewer');
  expect(await one.session()).toMatchObject({ as: 'viewer', scopes: ['read'], orders: 'none' });
  expect((await one.fromPage('/api/shop/orders', order('customer-1'))).status).toBe(403);
  expect((await one.fromPage('/api/model/compare', {})).status).toBe(403);

  await one.become('customer-1');
  expect(await one.session()).toMatchObject({ as: 'customer-1', scopes: ['orders'], orders: 'own' });
  const anothers = await one.fromPage('/api/shop/orders', order('customer-2'));
  expect(anothers.status, "another's").toBe(403);
  // The page tells from it that another account might.
  expect(anothers.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  const mine = await one.fromPage('/api/shop/orders', order('customer-1'));
  expect(mine.status).toBe(202);
  const { orderId } = (await mine.json()) as { orderId: string };
  expect((await one.fromPage(`/api/shop/orders/${orderId}/cancel`, {})).status).toBe(202);
  const others = await shop.placed({ ...order('customer-2') });
  expect((await one.fromPage(`/api/shop/orders/${others.orderId}/cancel`, {})).status).toBe(404);
});

test('another page does nothing with it, and nobody signs another in', async () => {
  const one = browser();
  await one.open(page());
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    expect((await one.fromPage('/api/shop/orders', order('customer-1'), headers)).status).toBe(403);
    expect((await one.fromPage('/api/session', { as: 'viewer' }, headers)).status).toBe(403);
  }
  const thief = browser();
  const { location } = (await (await thief.fromPage('/api/session', { as: 'viewer' })).json()) as {
    location: string;
  };
  let url = location;
  while (!url.startsWith(`${page()}/auth/callback`))
    url = new URL((await thief.ask(url, { headers: NAVIGATES })).headers.get('location') ?? '', url).href;
  const answer = await one.ask(url, { headers: NAVIGATES });
  expect(answer.status, 'a sign-in that another browser began').toBe(400);
  expect(await one.session()).toMatchObject({ as: 'operator' });
  for (const back of ['//evil.example/x', 'http://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    const begun = (await (await one.fromPage('/api/session', { as: 'viewer', back })).json()) as {
      location: string;
    };
    expect(new URL((await one.open(begun.location)).url).origin).toBe(page());
  }
  expect((await one.fromPage('/api/session', { as: 'tools' })).status, 'is nobody of the demo').toBe(422);
});

test('who is not signed in may look and change nothing; a program says who it is by a token', async () => {
  const nobody = browser();
  expect((await nobody.ask(`${page()}/`)).status, 'no browser that opens it').toBe(200);
  expect((await nobody.fromPage('/api/stories?limit=1')).status).toBe(200);
  expect(await nobody.session()).toEqual({
    signIn: true,
    people: ['operator', 'customer-1', 'viewer'],
    orders: 'none',
  });
  expect((await nobody.fromPage('/api/shop/orders', order('customer-1'))).status).toBe(401);
  expect((await nobody.fromPage('/api/model/rebuild', {})).status).toBe(401);
});
