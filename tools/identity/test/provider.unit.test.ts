/** To whom the demo's identity provider gives tokens, for what, and for how long: asked over HTTP. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AUDIENCE, SCOPES } from '@order-saga/contracts/access';
import { NAVIGATES, playedBrowser } from '@sagakit/testing/browser';
import { freePort } from '../../stack/ports.ts';
import { secretOf, SIGN_IN } from '../src/clients.ts';
import { keptSecrets } from '../src/keys.ts';
import { createProvider, serveProvider } from '../src/provider.ts';

const ALL = Object.keys(SCOPES).join(' ');
const CONSOLE = 'http://127.0.0.1:4000';
const BACK = `${CONSOLE}/auth/callback`;
const VERIFIER = 'v'.repeat(50);
const HOUR_S = 3_600;

type Answer = { access_token?: string; error?: string };
type Token = { sub: string; scope: string; iat: number; exp: number };

const port = await freePort();
const issuer = `http://127.0.0.1:${port}`;
const folder = mkdtempSync(path.join(os.tmpdir(), 'identity-'));
const keysFile = path.join(folder, 'made/keys.json');
const { clients, ...rest } = keptSecrets(keysFile);
const server = serveProvider(createProvider(issuer, { clients, ...rest }, [CONSOLE]));
before(() => once(server.listen(port, '127.0.0.1'), 'listening'));
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function token(client: string, secret: string, body: Record<string, string>): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`;
  const init = { method: 'POST', headers: { authorization }, body: new URLSearchParams(body) };
  return (await (await fetch(`${issuer}/token`, init)).json()) as Answer;
}
const asks = (client: string, scope: string, secret = secretOf(clients, client)) =>
  token(client, secret, { grant_type: 'client_credentials', scope });
const read = ({ access_token: given, error }: Answer): Token =>
  JSON.parse(Buffer.from(given?.split('.')[1] ?? assert.fail(error), 'base64url').toString()) as Token;

describe('a program gets a token', () => {
  it('with its own secret alone', async () => {
    assert.equal(read(await asks('customer-1', 'orders')).sub, 'customer-1');
    for (const secret of [secretOf(clients, 'customer-2'), clients, 'made up'])
      assert.equal((await asks('customer-1', 'orders', secret)).error, 'invalid_client', secret);
    assert.equal((await asks('nobody', 'orders')).error, 'invalid_client');
  });
  it('for what it may do, whatever it asks for', async () => {
    for (const scope of Object.keys(SCOPES).filter((one) => one !== 'orders'))
      assert.equal((await asks('customer-1', scope)).error, 'invalid_scope', scope);
    assert.equal((await asks('viewer', `read privacy`)).error, 'invalid_scope');
    assert.equal(read(await asks('viewer', 'read')).scope, 'read');
  });
  it('for an hour at most', async () => {
    const { iat, exp } = read(await asks('tools', 'read'));
    assert.ok(exp - iat > 0 && exp - iat <= HOUR_S, `${exp - iat} s`);
  });
});

describe('who signs in', () => {
  const asked = (changes: Record<string, string>) => {
    const challenge = createHash('sha256').update(VERIFIER).digest('base64url');
    const query = {
      ...{ client_id: SIGN_IN, response_type: 'code', redirect_uri: BACK, scope: ALL, resource: AUDIENCE },
      ...{ code_challenge: challenge, code_challenge_method: 'S256', login_hint: 'viewer', ...changes },
    };
    return `${issuer}/auth?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''))}`;
  };
  /** Where the browser ends: at the console with what it was given, or here with a refusal. */
  async function signsIn(changes: Record<string, string> = {}): Promise<URL> {
    const { ask } = playedBrowser();
    let url = new URL(asked(changes));
    while (url.origin === issuer) {
      const location = (await ask(url.href, { headers: NAVIGATES })).headers.get('location');
      if (location === null) return url;
      url = new URL(location, url);
    }
    return url;
  }
  const redeems = (code: string, changes: Record<string, string> = {}) =>
    token(SIGN_IN, secretOf(clients, SIGN_IN), {
      ...{ grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: VERIFIER },
      ...{ resource: AUDIENCE, ...changes },
    });
  const code = async () => (await signsIn()).searchParams.get('code') ?? assert.fail('no code');

  it('gets what that person may do, for an hour at most', async () => {
    const { sub, scope, iat, exp } = read(await redeems(await code()));
    assert.deepEqual([sub, scope], ['viewer', 'read']);
    assert.ok(exp - iat > 0 && exp - iat <= HOUR_S, `${exp - iat} s`);
  });
  it('is a person, and no tool', async () => {
    for (const tool of ['tools', 'console', 'nobody', 'constructor']) {
      const { searchParams } = await signsIn({ login_hint: tool });
      assert.deepEqual([searchParams.get('error'), searchParams.get('code')], ['access_denied', null], tool);
    }
  });
  it('is sent back to the console, and nowhere else', async () => {
    for (const elsewhere of [
      'http://evil.example/auth/callback',
      `${CONSOLE}/auth/callback/../x`,
      `${BACK}?x`,
    ])
      assert.equal((await signsIn({ redirect_uri: elsewhere })).origin, issuer, elsewhere);
  });
  it('has a code that is good once, and for who began alone', async () => {
    assert.equal((await redeems(await code(), { code_verifier: 'w'.repeat(50) })).error, 'invalid_grant');
    const good = await code();
    read(await redeems(good));
    assert.equal((await redeems(good)).error, 'invalid_grant', 'a second time');
    const { origin, searchParams } = await signsIn({ code_challenge: '', code_challenge_method: '' });
    assert.equal(searchParams.get('code'), null, `a sign-in that nobody can be held to, at ${origin}`);
  });
});

it('what it signs with is for its owner alone', () => {
  assert.equal(statSync(keysFile).mode & 0o777, 0o600);
  assert.equal(statSync(path.dirname(keysFile)).mode & 0o777, 0o700);
});
