/** Who may call: tokens as they come over HTTP, with real keys, and each way in which one is not good. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { quiet } from '@sagakit/resilience/log';
import { exportSPKI, SignJWT } from 'jose';
import { pino } from 'pino';
import { type Access, decideAccess, type Granted, whoDid } from '../src/http/auth/access.ts';
import { withTokens } from '../src/http/auth/authorize.ts';
import { createKeys, keySetAt } from '../src/http/auth/keys.ts';
import { createVerifier } from '../src/http/auth/tokens.ts';
import { endpoint } from '../src/http/endpoint.ts';
import { listen } from '../src/http/listen.ts';
import { openApiOf } from '../src/http/openapi.ts';
import { Problem } from '../src/http/problem.ts';
import { createHttpApp } from '../src/http/server.ts';
import { AUDIENCE, goodClaims, ISSUER, jwks, signer } from './tokens.ts';

const [issuer, rsa, stranger] = await Promise.all([signer(), signer('RS256'), signer()]);

const call = (path: string, access: Access) =>
  endpoint({
    method: path === '/act' ? 'post' : 'get',
    path,
    summary: '',
    access,
    inputs: {},
    responses: { 200: '' },
    handle: async (_input, _headers, { subject, onlyOf }) => ({
      status: 200,
      body: { subject: subject ?? null, onlyOf: onlyOf ?? null },
    }),
  });
const endpoints = [
  call('/open', 'open'),
  call('/rooms', { any: ['desk', 'look'], own: 'guest' }),
  call('/act', { any: ['desk'] }),
];

const keys = createKeys(async () => jwks(issuer, rsa), quiet);
const verify = createVerifier({ issuer: ISSUER, audience: AUDIENCE, keys });
const app = createHttpApp({
  title: 'test',
  endpoints,
  authorize: withTokens(verify, 'hotel'),
  log: pino({ enabled: false }),
  onAnswered() {},
});
const server = await listen(app, { host: '127.0.0.1', port: 0 });
after(() => server.close(1_000));

async function ask(path: string, authorization?: string) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: path === '/act' ? 'POST' : 'GET',
    headers: authorization === undefined ? {} : { authorization },
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    challenge: response.headers.get('www-authenticate'),
    body: (await response.json()) as Record<string, unknown>,
  };
}
const bearer = async (token: string | Promise<string>) => `Bearer ${await token}`;
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

describe('a call with a token', () => {
  it('is let in, and its handler is told who calls', async () => {
    for (const token of [issuer.sign(), rsa.sign()])
      assert.deepEqual((await ask('/rooms', await bearer(token))).body, { subject: 'ada', onlyOf: 'ada' });
    const desk = await ask('/rooms', await bearer(issuer.sign({ scope: 'a desk guest' })));
    assert.deepEqual(desk.body, { subject: 'ada', onlyOf: null });
  });
  it('may write the scheme in any case, and the type with its prefix', async () => {
    assert.equal((await ask('/rooms', `bEARER   ${await issuer.sign()}`)).status, 200);
    const token = await issuer.sign({}, { typ: 'application/at+jwt' });
    assert.equal((await ask('/rooms', `Bearer ${token}`)).status, 200);
  });
  it('is good for half a minute after its end, for clocks that differ, and before its beginning', async () => {
    const late = await bearer(issuer.sign({ exp: inSeconds(-20), nbf: inSeconds(20) }));
    assert.equal((await ask('/rooms', late)).status, 200);
  });
  it('may be for several audiences', async () => {
    const token = await bearer(issuer.sign({ aud: ['urn:other', AUDIENCE] }));
    assert.equal((await ask('/rooms', token)).status, 200);
  });
});

describe('a call without a good token is answered 401', () => {
  const withSecret = async () => {
    const secret = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const header = { alg: 'HS256', kid: rsa.jwk.kid, typ: 'at+jwt' };
    return new SignJWT(goodClaims()).setProtectedHeader(header).sign(secret);
  };
  const unsigned = async (alg: string) => `${base64url({ alg, typ: 'at+jwt' })}.${base64url(goodClaims())}.`;
  const changed = async () => {
    const [header = '', , signature = ''] = (await issuer.sign()).split('.');
    return `${header}.${base64url({ ...goodClaims(), scope: 'desk' })}.${signature}`;
  };
  const cases: [name: string, token: () => Promise<string>, why: RegExp][] = [
    ['expired', () => issuer.sign({ exp: inSeconds(-31) }), /expired/],
    ['not good yet', () => issuer.sign({ nbf: inSeconds(60) }), /not good yet/],
    ['of another issuer', () => issuer.sign({ iss: 'https://other.example.com' }), /issuer/],
    ['for another audience', () => issuer.sign({ aud: 'urn:other' }), /audience/],
    ['for no audience', () => issuer.sign({ aud: undefined }), /audience/],
    ['without an end', () => issuer.sign({ exp: undefined }), /claim exp/],
    ['without a subject', () => issuer.sign({ sub: undefined }), /claim sub/],
    ['with an empty subject', () => issuer.sign({ sub: '' }), /subject/],
    ['with a subject of two lines', () => issuer.sign({ sub: 'ada\nbob' }), /subject/],
    ['with a subject of 300 letters', () => issuer.sign({ sub: 'a'.repeat(300) }), /subject/],
    ['that is an id token', () => issuer.sign({}, { typ: 'JWT' }), /no access token/],
    ['signed with a key that nobody knows', () => stranger.sign(), /key that is not known/],
    ['signed by another with a known name', () => stranger.sign({}, { kid: issuer.jwk.kid }), /verified/],
    ['whose words were changed', changed, /verified/],
    ['that is not signed (alg none)', () => unsigned('none'), /algorithm/],
    ['that is not signed (alg None)', () => unsigned('None'), /algorithm/],
    ['signed by HMAC with the public key', withSecret, /algorithm/],
    ['that is no token', async () => 'abc', /verified/],
    ['of 3 dots', async () => '...', /verified/],
  ];
  for (const [name, token, why] of cases)
    it(name, async () => {
      const { status, type, challenge, body } = await ask('/rooms', await bearer(token()));
      assert.equal(status, 401);
      assert.match(type ?? '', /^application\/problem\+json/);
      assert.match(challenge ?? '', /^Bearer realm="hotel", error="invalid_token", error_description="/);
      assert.match(challenge ?? '', why);
      assert.equal(body['title'], 'Unauthorized');
      assert.match(String(body['detail']), why);
    });
  for (const [name, header] of [
    ['no header', undefined],
    ['another scheme', 'Basic YWRhOmFkYQ=='],
    ['a scheme alone', 'Bearer'],
    ['two tokens', 'Bearer a b'],
  ] as const)
    it(`${name}: no error is named, as none was made`, async () => {
      const { status, challenge } = await ask('/rooms', header);
      assert.equal(status, 401);
      assert.equal(challenge, 'Bearer realm="hotel"');
    });
  it('also where the body is none that would be read', async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/act`, { method: 'POST', body: 'no json' });
    assert.equal(response.status, 401);
  });
  it('but where the call is open, whatever the header says', async () => {
    for (const header of [undefined, 'Bearer abc'])
      assert.deepEqual((await ask('/open', header)).body, { subject: null, onlyOf: null });
  });
});

describe('a call with a good token that is not for it', () => {
  it('is answered 403, with the scope that would do', async () => {
    const { status, challenge, body } = await ask('/act', await bearer(issuer.sign({ scope: 'guest look' })));
    assert.equal(status, 403);
    assert.equal(challenge, 'Bearer error="insufficient_scope", scope="desk"');
    assert.match(String(body['detail']), /needs: desk/);
    const none = await ask('/rooms', await bearer(issuer.sign({ scope: undefined })));
    assert.equal(none.challenge, 'Bearer error="insufficient_scope", scope="guest"');
  });
});

describe('what a token may do', () => {
  const access: Granted = { any: ['desk', 'look'], own: 'guest' };
  const decided = (scope: string) =>
    decideAccess(access, { subject: 'ada', scopes: new Set(scope.split(' ')) });
  it('is everything with a scope for all, and what is its own with the other', () => {
    assert.equal(decided('desk')?.onlyOf, undefined);
    assert.equal(decided('guest')?.onlyOf, 'ada');
    assert.equal(decided('guest look')?.onlyOf, undefined, 'the wider one counts');
  });
  it('is nothing with another, or with one that only looks alike', () => {
    for (const scope of ['', 'other', 'des', 'desk:any', 'DESK', 'guest,desk'])
      assert.equal(decided(scope), undefined, scope);
  });
  it('is written down under its subject, whatever the body says', () => {
    const ada = decided('desk');
    assert.ok(ada);
    assert.equal(whoDid(ada, 'bob'), 'ada');
    assert.equal(whoDid({ ...ada, subject: undefined }, 'bob'), 'bob');
    assert.equal(whoDid({ ...ada, subject: undefined }, undefined), 'unknown');
  });
});

describe('the keys of the issuer', () => {
  function fakeIssuer(first: string) {
    const state = { keys: first as string | undefined, asked: 0, now: 0 };
    const keys = createKeys(
      async () => {
        state.asked++;
        if (state.keys === undefined) throw new Error('away');
        return state.keys;
      },
      quiet,
      () => state.now,
    );
    const verify = createVerifier({ issuer: ISSUER, audience: AUDIENCE, keys });
    return { state, verify };
  }

  it('are fetched once, and found again when a token names one that is new', async () => {
    const { state, verify } = fakeIssuer(jwks(issuer));
    await verify(await issuer.sign());
    await verify(await issuer.sign());
    assert.equal(state.asked, 1);
    state.keys = jwks(issuer, stranger);
    state.now = 6_000;
    await verify(await stranger.sign());
    await verify(await issuer.sign());
    assert.equal(state.asked, 2);
  });
  it('that cannot be had cost a line of words; a fault of ours shows where it is', async () => {
    const lines: [object, string][] = [];
    const log = { info() {}, warn: (fields: object, line: string) => lines.push([fields, line]) };
    const ask = async (load: () => Promise<string>) => {
      await assert.rejects(
        createVerifier({ issuer: ISSUER, audience: AUDIENCE, keys: createKeys(load, log) })(token),
      );
      return lines.pop()?.[0];
    };
    const token = await issuer.sign();
    const gone = await listen(app, { host: '127.0.0.1', port: 0 });
    await gone.close(1_000);
    assert.deepEqual(await ask(keySetAt(`http://127.0.0.1:${gone.port}/jwks`)), {
      trouble: `connect ECONNREFUSED 127.0.0.1:${gone.port}`,
      kept: false,
    });
    assert.deepEqual(await ask(keySetAt(`http://127.0.0.1:${server.port}/jwks`)), {
      trouble: `GET http://127.0.0.1:${server.port}/jwks was answered 404`,
      kept: false,
    });
    assert.deepEqual(await ask(async () => '{}'), { trouble: 'JSON Web Key Set malformed', kept: false });
    const err = new TypeError('x is not a function');
    assert.deepEqual(await ask(() => Promise.reject(err)), { trouble: err.message, err, kept: false });
  });
  it('are good for as long as the issuer is away', async () => {
    const { state, verify } = fakeIssuer(jwks(issuer));
    await verify(await issuer.sign());
    state.keys = undefined;
    state.now = 24 * 3_600_000;
    await verify(await issuer.sign()); // begins to look, in vain
    assert.equal((await verify(await issuer.sign({ sub: 'bob' }))).subject, 'bob');
    assert.equal(state.asked, 2);
  });
  it('that are withdrawn are good for five minutes at most, for tokens that were verified before too', async () => {
    const { state, verify } = fakeIssuer(jwks(issuer, stranger));
    const leaked = await stranger.sign();
    await verify(leaked);
    state.keys = jwks(issuer);
    state.now = 5 * 60_000;
    await verify(leaked); // begins to look
    await assert.rejects(verify(leaked), /signed with a key that is not known/);
  });
  it('are not asked for again by each token that names one at random', async () => {
    const { state, verify } = fakeIssuer(jwks(issuer));
    state.now = 6_000;
    const tokens = await Promise.all(Array.from({ length: 20 }, () => stranger.sign({}, { kid: 'made up' })));
    for (const token of tokens) await assert.rejects(verify(token), /key that is not known/);
    await Promise.allSettled(tokens.map(verify));
    assert.ok(state.asked <= 2, `asked ${state.asked} times`);
  });
  it('that nobody can tell of are no reason to call a token bad: 503', async () => {
    const { state, verify } = fakeIssuer(jwks(issuer));
    await verify(await issuer.sign());
    state.keys = undefined;
    state.now = 6_000;
    const authorize = withTokens(verify, 'hotel');
    const authorization = await bearer(stranger.sign());
    await assert.rejects(authorize({ any: ['guest'] }, { authorization }), (error) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.status, 503);
      assert.equal(error.headers['retry-after'], '1');
      return true;
    });
  });
});

describe('a token that was verified before', () => {
  it('is not verified again, and is refused all the same when it has expired', async () => {
    let asked = 0;
    let now = Date.now();
    const counting = {
      generation: () => 1,
      keyOf: (...given: Parameters<typeof keys.keyOf>) => {
        asked++;
        return keys.keyOf(...given);
      },
    };
    const verifyOnce = createVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: counting,
      now: () => now,
    });
    const token = await issuer.sign({ exp: inSeconds(60) });
    for (let n = 0; n < 5; n++) await verifyOnce(token);
    assert.equal(asked, 1);
    now += 95_000;
    await assert.rejects(verifyOnce(token), /expired/);
  });
});

describe('/openapi.json', () => {
  it('says which scope each call wants, and how it may be refused', () => {
    const { paths, components } = openApiOf('test', endpoints) as {
      paths: Record<
        string,
        Record<string, { description?: string; security?: object[]; responses: Record<string, object> }>
      >;
      components: { securitySchemes: object };
    };
    assert.ok('bearer' in components.securitySchemes);
    assert.deepEqual(paths['/rooms']?.['get']?.security, [
      { bearer: ['guest'] },
      { bearer: ['desk'] },
      { bearer: ['look'] },
    ]);
    assert.match(paths['/act']?.['post']?.description ?? '', /Scope: `desk`/);
    assert.deepEqual(Object.keys(paths['/act']?.['post']?.responses ?? {}), ['200', '401', '403']);
    assert.equal(paths['/open']?.['get']?.security, undefined);
    assert.deepEqual(Object.keys(paths['/open']?.['get']?.responses ?? {}), ['200']);
  });
});
