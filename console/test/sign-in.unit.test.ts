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
import { playedBrowser } from '@sagakit/testing/browser';
import express from 'express';
import { pino } from 'pino';
import { secretOf } from '../../tools/identity/src/clients.ts';
import { keptSecrets, type Secrets } from '../../tools/identity/src/keys.ts';
import { createProvider, serveProvider } from '../../tools/identity/src/provider.ts';
import { freePort } from '../../tools/stack/ports.ts';
import { signedInAtFirst, signInEndpoints } from '../src/sign-in/endpoints.ts';
import { createSignIn, type SignIn } from '../src/sign-in/sign-in.ts';

const HOST = '127.0.0.1';
const CLIENT = 'console-sign-in';

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
  const provider = serveProvider(createProvider(issuer, secrets, [url])).listen(other, HOST);
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
    const { ask, open } = playedBrowser();
    return {
      open,
      whoAt: async (url: string) => ((await (await ask(`${url}/api/session`)).json()) as { as?: string }).as,
      async begins(url: string, as: string): Promise<string> {
        const response = await ask(`${url}/api/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ as }),
        });
        return ((await response.json()) as { location: string }).location;
      },
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

  it('take no cookie but their own host’s where there is https', () => {
    const secrets = keptSecrets(path.join(folder, 'a'));
    const { begin } = signInAt('https://id.example.com', secrets, 'https://console.example.com');
    const { cookies } = begin({}, undefined, '/');
    assert.equal(cookies.length, 3);
    for (const line of cookies) assert.match(line, /^__Host-shop-console-443-\w+=[^;]+; Path=\/;.*; Secure$/);
  });
});
