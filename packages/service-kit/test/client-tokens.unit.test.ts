/** Tokens for a program that calls others. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { clientTokens } from '../src/http/auth/client-tokens.ts';

describe('a program that calls others', () => {
  /** A token endpoint that counts. */
  async function endpointOf(answer: (asked: number) => { status: number; body: object }) {
    const asked: { authorization: string | undefined; body: string }[] = [];
    const http = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push({ authorization: request.headers.authorization, body });
        const { status, body: said } = answer(asked.length);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
      });
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    after(() => http.close());
    return { asked, tokenUrl: `http://127.0.0.1:${port}/token` };
  }
  const credentials = { client: 'desk', secret: 's:1', scope: 'a b' };

  it('asks for a token once, and again a minute before it ends, or when it was refused', async () => {
    const good = (n: number) => ({ status: 200, body: { access_token: `t${n}`, expires_in: 300 } });
    const { asked, tokenUrl } = await endpointOf(good);
    let now = 0;
    const tokens = clientTokens({ ...credentials, tokenUrl }, () => now);
    assert.deepEqual(await Promise.all([tokens.token(), tokens.token()]), ['t1', 't1']);
    now = 239_000;
    assert.equal(await tokens.token(), 't1');
    now = 241_000;
    assert.equal(await tokens.token(), 't2');
    tokens.forget('t1');
    assert.equal(await tokens.token(), 't2', 'what was refused is another one');
    tokens.forget('t2');
    assert.equal(await tokens.token(), 't3');
    assert.deepEqual(asked[0], {
      authorization: `Basic ${Buffer.from('desk:s%3A1').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=a+b',
    });
  });
  it('is told in words why there is none, and may ask again', async () => {
    const { tokenUrl } = await endpointOf((n) =>
      n === 1
        ? {
            status: 401,
            body: { error: 'invalid_client', error_description: 'client authentication failed' },
          }
        : { status: 200, body: { access_token: 'good', expires_in: 300 } },
    );
    const tokens = clientTokens({ ...credentials, tokenUrl });
    await assert.rejects(tokens.token(), /^Error: no token for desk: client authentication failed$/);
    assert.equal(await tokens.token(), 'good');
    const nobody = clientTokens({ ...credentials, tokenUrl: 'http://127.0.0.1:9/token' });
    await assert.rejects(nobody.token(), /^Error: no answer from http:\/\/127\.0\.0\.1:9\/token \(/);
  });
});
