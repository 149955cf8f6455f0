/** Signing in at consoles on one host, each with a real identity provider of its own, in one browser. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AUDIENCE, SCOPES } from '@order-saga/contracts/access';
import { quiet } from '@sagakit/resilience/log';
import { withoutTokens } from '@sagakit/service-kit/http/auth/authorize';
import { createKeys, keySetAt } from '@sagakit/service-kit/http/auth/keys';
import { createVerifier } from '@sagakit/service-kit/http/auth/tokens';
import { listen } from '@sagakit/service-kit/http/listen';
import { createHttpApp } from '@sagakit/service-kit/http/server';
import { NAVIGATES, playedBrowser } from '@sagakit/testing/browser';
import express from 'express';
import { pino } from 'pino';
import { secretOf } from '../../tools/identity/src/clients.ts';
import { keptSecrets, type Secrets } from '../../tools/identity/src/keys.ts';
import { createProvider, serveProvider } from '../../tools/identity/src/provider.ts';
import { freePort } from '../../tools/stack/ports.ts';
import { signedInAtFirst, signInEndpoints } from '../src/sign-in/endpoints.ts';
import { CALLBACK, createSignIn, type SignIn } from '../src/sign-in/sign-in.ts';

const HOST = '127.0.0.1';
const CLIENT = 'console-sign-in';
/** Where people open a console that stands behind somebody who speaks TLS for it. */
const BEHIND_HTTPS = 'https://console.example.com';

const signInAt = (issuer: string, { clients }: Secrets, origin?: string): SignIn =>
  createSignIn({
    settings: {
      authorizeUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      client: CLIENT,
      secret: secretOf(clients, CLIENT),
      scope: Object.keys(SCOPES).join(' '),
      audience: AUDIENCE,
    },
    verify: createVerifier({
      issuer,
      audience: AUDIENCE,
      keys: createKeys(keySetAt(`${issuer}/jwks`), quiet),
    }),
    people: ['operator', 'viewer'],
    origin,
    name: 'shop-console',
  });

/** The console's sign-in on a port of its own, and its provider on another. */
async function consoleWithProvider(keysFile: string) {
  const [own, other] = [await freePort(), await freePort()];
  const [url, issuer] = [`http://${HOST}:${own}`, `http://${HOST}:${other}`];
  const secrets = keptSecrets(keysFile);
  const provider = serveProvider(createProvider(issuer, secrets, [url, BEHIND_HTTPS])).listen(other, HOST);
  await once(provider, 'listening');
  const signIn = signInAt(issuer, secrets);
  const calls = createHttpApp({
    title: 'test',
    endpoints: signInEndpoints(signIn),
    authorize: withoutTokens,
    log: pino({ enabled: false }),
    onAnswered() {},
  });
  const app = express().use(
    signedInAtFirst(signIn, async () => true),
    (request, response) => calls(request, response),
  );
  const server = await listen(app, { host: HOST, port: own });
  return {
    url,
    behindHttps: signInAt(issuer, secrets, BEHIND_HTTPS),
    async close() {
      provider.closeAllConnections();
      provider.close();
      await server.close(1_000);
    },
  };
}

describe('two consoles on one host', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sign-in-'));
  let consoles: Awaited<ReturnType<typeof consoleWithProvider>>[];
  before(async () => {
    consoles = await Promise.all(['a', 'b'].map((name) => consoleWithProvider(path.join(folder, name))));
  });
  after(async () => {
    await Promise.all(consoles.map(({ close }) => close()));
    rmSync(folder, { recursive: true });
  });

  function visitor() {
    const { ask, open, setCookies } = playedBrowser();
    return {
      open,
      setCookies,
      whoAt: async (url: string) => ((await (await ask(`${url}/api/session`)).json()) as { as?: string }).as,
      async begins(url: string, as: string, back?: string): Promise<string> {
        const response = await ask(`${url}/api/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ as, back }),
        });
        return ((await response.json()) as { location: string }).location;
      },
      /** Where the provider sends the browser back to. */
      async signsIn(location: string): Promise<URL> {
        let url = new URL(location);
        while (!url.pathname.endsWith(CALLBACK)) {
          const { headers } = await ask(url.href, { headers: NAVIGATES });
          url = new URL(headers.get('location') ?? assert.fail(`${url.href} leads nowhere`), url);
        }
        return url;
      },
      /** Where it is sent once it is signed in. */
      comesBackTo: async (url: URL) => (await ask(url.href, { headers: NAVIGATES })).headers.get('location'),
    };
  }

  it('each keep who is signed in there, whatever is done at the other', async () => {
    const [one = '', other = ''] = consoles.map(({ url }) => url);
    const { open, whoAt, begins } = visitor();
    await open(one);
    assert.equal(await whoAt(one), 'operator');
    assert.equal(await whoAt(other), undefined);
    await open(other);
    await open(await begins(other, 'viewer'));
    assert.deepEqual([await whoAt(one), await whoAt(other)], ['operator', 'viewer']);
  });

  it('are signed in to side by side', async () => {
    const [one = '', other = ''] = consoles.map(({ url }) => url);
    const { open, whoAt, begins } = visitor();
    const begun = [await begins(one, 'viewer'), await begins(other, 'operator')];
    for (const location of begun) await open(location);
    assert.deepEqual([await whoAt(one), await whoAt(other)], ['viewer', 'operator']);
  });

  it('let nobody be somebody else than whom they offer, whatever is made of the address on the way', async () => {
    const [one = ''] = consoles.map(({ url }) => url);
    const { open, whoAt, begins } = visitor();
    for (const other of ['privacy', 'customer-7']) {
      const location = await begins(one, 'viewer');
      const { status } = await open(location.replace('login_hint=viewer', `login_hint=${other}`));
      assert.equal(status, 403);
      assert.equal(await whoAt(one), undefined);
    }
  });

  it('send whoever signed in back to a path of their own, whatever was asked for', async () => {
    const [one = ''] = consoles.map(({ url }) => url);
    const { begins, signsIn, comesBackTo } = visitor();
    const asked = async (back: string) => comesBackTo(await signsIn(await begins(one, 'viewer', back)));
    for (const own of ['/', '/stories?status=CONFIRMED', '/a//b', '/%2F%2Fevil.example'])
      assert.equal(await asked(own), own);
    const foreign = ['http://evil.example', 'javascript:alert(1)', '', 'evil.example'];
    const network = [
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '///evil.example',
    ];
    // Paths, until somebody takes their dots away.
    const dotted = ['/.//evil.example', '/x/..//evil.example', '/%2e//evil.example', '/./\\evil.example'];
    for (const back of [...foreign, ...network, ...dotted]) assert.equal(await asked(back), '/', back);
  });

  it('keep a session in a cookie that no script and no other site’s request has', async () => {
    const [one = ''] = consoles.map(({ url }) => url);
    const { open, begins, setCookies } = visitor();
    await open(await begins(one, 'viewer'));
    const { port } = new URL(one);
    const session = setCookies.find((line) => line.startsWith(`shop-console-${port}=`));
    assert.match(session ?? '', /^[\w-]+=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    const own = setCookies.filter((line) => line.startsWith('shop-console-'));
    assert.ok(own.length >= 4);
    for (const line of own) assert.match(line, /; HttpOnly; SameSite=(Strict|Lax)$/);
  });

  it('end a session where its browser signs in as another', async () => {
    const [one = ''] = consoles.map(({ url }) => url);
    const { open, begins, whoAt, setCookies } = visitor();
    await open(await begins(one, 'viewer'));
    const session = /^shop-console-\d+=/;
    const first = setCookies.find((line) => session.test(line))?.split(';')[0] ?? '';
    const whoHas = async (cookie: string) =>
      ((await (await fetch(`${one}/api/session`, { headers: { cookie } })).json()) as { as?: string }).as;
    assert.equal(await whoHas(first), 'viewer');
    await open(await begins(one, 'operator'));
    assert.deepEqual([await whoAt(one), await whoHas(first)], ['operator', undefined]);
  });

  it('keep it for https alone where there is https', async () => {
    const { behindHttps } = consoles[0] ?? assert.fail();
    const { signsIn } = visitor();
    const begun = behindHttps.begin({}, 'viewer', '/');
    const { searchParams } = await signsIn(begun.location);
    const cookie = begun.cookies.map((line) => line.split(';')[0]).join('; ');
    const { cookies } = await behindHttps.end({ cookie }, Object.fromEntries(searchParams));
    assert.match(cookies[0] ?? '', /^__Host-shop-console-443=[\w-]{43}; Path=\/; .*SameSite=Strict; Secure$/);
  });

  it('take no cookie but their own host’s where there is https', () => {
    const secrets = keptSecrets(path.join(folder, 'a'));
    const { begin } = signInAt('https://id.example.com', secrets, BEHIND_HTTPS);
    const { cookies } = begin({}, undefined, '/');
    assert.equal(cookies.length, 3);
    for (const line of cookies) assert.match(line, /^__Host-shop-console-443-\w+=[^;]+; Path=\/;.*; Secure$/);
  });
});
