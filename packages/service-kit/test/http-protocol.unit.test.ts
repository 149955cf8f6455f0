/** What HTTP itself asks of a request: whatever is wrong with it, the answer is problem+json. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { SAFE_HEADERS } from '@sagakit/resilience/safe-headers';
import { eventually } from '@sagakit/testing/eventually';
import { z } from 'zod';
import { endpoint } from '../src/http/endpoint.ts';
import { openApiOf } from '../src/http/openapi.ts';
import { OneLine } from '../src/http/inputs.ts';
import { isJson } from '../src/http/protocol.ts';
import { type Raw, sendRaw, testServer } from './http-server.ts';

const { server, url } = await testServer();
after(() => server.close(1_000));

type Problem = { status: number; title: string; detail: string; errors?: { field: string }[] };

function problemOf({ status, headers, body }: Raw): Problem {
  assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
  assert.equal(Number(headers['content-length']), body.length);
  for (const [name, value] of Object.entries(SAFE_HEADERS)) assert.equal(headers[name], value);
  const problem = JSON.parse(body) as Problem;
  assert.equal(problem.status, status);
  assert.ok(problem.title && problem.detail);
  return problem;
}

describe('what the parser refuses', () => {
  const cases: [name: string, request: string, status: number][] = [
    ['a control character in a header', 'GET /things HTTP/1.1\r\nhost: a\r\nx-a: b\u0001c\r\n\r\n', 400],
    ['no colon in a header', 'GET /things HTTP/1.1\r\nhost: a\r\nnonsense\r\n\r\n', 400],
    ['a space before the colon', 'GET /things HTTP/1.1\r\nhost : a\r\n\r\n', 400],
    ['20 KB of headers', `GET /things HTTP/1.1\r\nhost: a\r\nx-a: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
    ['a path of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431],
    ['another version', 'GET /things HTTP/9.9\r\nhost: a\r\n\r\n', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a method that is none', 'NONSENSE /things HTTP/1.1\r\nhost: a\r\n\r\n', 400],
    ['no HTTP at all', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 400],
    [
      'two lengths',
      'POST /press HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
    ],
    ['a length that is none', 'POST /press HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /press HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a chunk whose size is none',
      'POST /things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
      400,
    ],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n', 405],
    [
      'a version that the parser lets pass',
      'GET /things HTTP/2.0\r\nhost: a\r\nconnection: close\r\n\r\n',
      400,
    ],
    ['a version before 1.0', 'GET /things HTTP/0.9\r\nhost: a\r\nconnection: close\r\n\r\n', 400],
    ['a target that is no path', 'GET http://[/things HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400],
    ['two Hosts', 'GET /things HTTP/1.1\r\nhost: a\r\nHost: a\r\nconnection: close\r\n\r\n', 400],
    ['no Host', 'GET /things HTTP/1.1\r\n\r\n', 400],
    ['an unknown expectation', 'GET /things HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\n\r\n', 417],
    [
      'a path that cannot be decoded',
      'GET /things/%E0%A4%A HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      404,
    ],
  ];
  for (const [name, request, status] of cases) {
    it(`${name}: ${status}`, async () => {
      const answer = await sendRaw(server.port, request);
      assert.equal(answer.status, status);
      problemOf(answer);
      assert.equal(answer.headers['connection'], 'close');
    });
  }
  it('HTTP/1.0 needs no Host', async () => {
    assert.equal((await sendRaw(server.port, 'GET /things HTTP/1.0\r\n\r\n')).status, 200);
  });
  it('what came whole before it is answered first, and nobody takes the refusal for its answer', async () => {
    const press = 'POST /press HTTP/1.1\r\nhost: a\r\n';
    for (const behind of ['x', '{}', '\u0000', 'x'.repeat(100_000)]) {
      const kept = await statuses(`${press}\r\n${press}\r\n${behind}`);
      assert.deepEqual(kept, [202, 202, 400], behind.slice(0, 5));
      const [first] = await statuses(`${press}connection: close\r\n\r\n${behind}`);
      assert.equal(first, 202, behind.slice(0, 5));
    }
    const unfinished = `${press}\r\nPOST /press HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz`;
    assert.deepEqual(await statuses(unfinished), [202, 400]);
  });
  it('the answer arrives though the client goes on sending', async () => {
    const answer = await sendRaw(
      server.port,
      `GET /things HTTP/1.1\r\nhost: a\r\nx-a: ${'b'.repeat(3_000_000)}\r\n\r\n`,
    );
    assert.equal(problemOf(answer).title, 'Request header fields too large');
  });
});

/** Of all that is answered on one connection until the server closes it, or says nothing for a while. */
async function statuses(text: string, { end = false, port = server.port } = {}): Promise<number[]> {
  const socket = net.connect(port, '127.0.0.1');
  socket.setTimeout(1_000, () => socket.destroy());
  if (end) socket.end(text, 'latin1');
  else socket.write(text, 'latin1');
  let answers = '';
  for await (const chunk of socket) answers += (chunk as Buffer).toString('latin1');
  return [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
}

describe('a client that says that it sends no more', () => {
  it('gets all its answers, and then the connection is closed', async () => {
    const { server: slow, release, waiting } = await testServer();
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
    const answered = statuses(request('/slow') + request('/things'), { end: true, port: slow.port });
    await eventually('it is asked', () => waiting() === 1);
    await delay(50); // the end of what is sent has come as well
    const began = performance.now();
    release();
    assert.deepEqual(await answered, [200, 200]);
    assert.ok(performance.now() - began < 900, 'it is closed behind the last answer');
    await slow.close(1_000);
  });
});

describe('a header that a request may have once', () => {
  for (const name of ['host', 'content-type', 'idempotency-key']) {
    it(`is refused twice, also if both say the same: ${name}`, async () => {
      const twice = `${name}: application/json\r\n${name.toUpperCase()}: application/json\r\n`;
      const host = name === 'host' ? '' : 'host: a\r\n';
      const answer = await sendRaw(
        server.port,
        `POST /press HTTP/1.1\r\n${host}${twice}connection: close\r\n\r\n`,
      );
      assert.equal(answer.status, 400);
      assert.deepEqual(
        problemOf(answer).errors?.map(({ field }) => field),
        [name],
      );
    });
  }
});

describe('a body', () => {
  const post = async (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    path = '/things',
  ) => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body, headers });
    const text = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), body: text };
  };
  const good = JSON.stringify({ name: 'Grüße' });

  it('is application/json in UTF-8', () => {
    for (const type of [
      'application/json',
      'Application/JSON;charset=UTF-8',
      'application/json; charset="utf-8"; v=1',
    ])
      assert.ok(isJson(type), type);
    for (const type of [
      undefined,
      '',
      'json',
      'text/plain',
      'application/jsonx',
      'application/json; charset=utf-16',
      '*/*',
    ])
      assert.ok(!isJson(type), type);
  });
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/json, text/plain',
  ]) {
    it(`as ${type}: 415, and the header is named`, async () => {
      const answer = await post(good, { 'content-type': type });
      assert.equal(answer.status, 415);
      assert.deepEqual(
        problemOf({ ...answer, body: Buffer.from(answer.body).toString('latin1') }).errors?.map(
          ({ field }) => field,
        ),
        ['content-type'],
      );
      assert.equal(answer.headers['accept'], 'application/json');
    });
  }
  it('without a type: 415; none at all needs no type', async () => {
    const noType = `POST /things HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}`;
    assert.equal((await sendRaw(server.port, noType)).status, 415);
    assert.equal((await sendRaw(server.port, 'POST /press HTTP/1.1\r\nhost: a\r\n\r\n')).status, 202);
  });
  it('is judged where it is not needed, too', async () => {
    assert.equal((await post('x', { 'content-type': 'text/plain' }, '/press')).status, 415);
    assert.equal((await post('{', { 'content-type': 'application/json' }, '/press')).status, 400);
    assert.equal((await post('{}', { 'content-type': 'application/json' }, '/press')).status, 202);
  });
  it('arrives as it was sent, compressed or not', async () => {
    const json = { 'content-type': 'application/json; charset=utf-8' };
    assert.equal((await post(good, json)).body, good);
    const zipped = await post(new Uint8Array(gzipSync(good)), { ...json, 'content-encoding': 'gzip' });
    assert.equal(zipped.body, good);
  });
  it('that cannot be read is refused: no JSON, no UTF-8, an unknown coding, too much once unpacked', async () => {
    const json = { 'content-type': 'application/json' };
    const status = async (...given: Parameters<typeof post>) => {
      const answer = await post(...given);
      const { errors } = problemOf({
        ...answer,
        headers: { ...answer.headers, 'content-length': String(answer.body.length) },
      });
      return `${answer.status} ${errors?.map(({ field }) => field).join()}`;
    };
    assert.equal(await status('{"name":', json), '400 body');
    assert.equal(await status(new Uint8Array(Buffer.from('{"name":"\xff"}', 'latin1')), json), '400 body');
    assert.equal(await status(good, { ...json, 'content-encoding': 'nonsense' }), '415 content-encoding');
    assert.equal(await status(good, { ...json, 'content-encoding': 'gzip' }), '400 body');
    for (const cut of [8, 20]) {
      const half = new Uint8Array(gzipSync(good).subarray(0, -cut));
      assert.equal(await status(half, { ...json, 'content-encoding': 'gzip' }), '400 body');
    }
    for (const value of ['null', '1', '"text"', '[]', 'true'])
      assert.equal(await status(value, json), '422 body', value);
    const bomb = gzipSync(JSON.stringify({ name: 'x'.repeat(10_000_000) }));
    assert.equal(await status(new Uint8Array(bomb), { ...json, 'content-encoding': 'gzip' }), '413 body');
  });
});

describe('a method that a path does not have', () => {
  const ask = async (method: string, path: string) => {
    const { status, headers } = await fetch(`${url}${path}`, { method });
    return { status, allow: headers.get('allow') };
  };
  it('is answered 405 with those that it has', async () => {
    assert.deepEqual(await ask('DELETE', '/things'), { status: 405, allow: 'GET, HEAD, POST, OPTIONS' });
    assert.deepEqual(await ask('GET', '/press'), { status: 405, allow: 'POST, OPTIONS' });
    assert.deepEqual(await ask('POST', '/openapi.json'), { status: 405, allow: 'GET, HEAD, OPTIONS' });
    assert.deepEqual(await ask('DELETE', '/nothing'), { status: 404, allow: null });
  });
  it('HEAD is a GET without its body; OPTIONS says what there is', async () => {
    const head = await sendRaw(
      server.port,
      'HEAD /things HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    ).catch(String);
    assert.match(String(head), /200 OK.*content-length: 12/i);
    assert.deepEqual(await ask('OPTIONS', '/things'), { status: 204, allow: 'GET, HEAD, POST, OPTIONS' });
  });
});

it('patterns in /openapi.json can be read with the u flag and without', () => {
  const { paths } = openApiOf('test', [
    endpoint({
      method: 'post',
      path: '/a',
      access: 'open',
      summary: '',
      responses: {},
      inputs: { body: z.object({ reason: OneLine }) },
      handle: async () => ({ status: 200, body: {} }),
    }),
  ]);
  const [, pattern = ''] = /"pattern":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(paths)) ?? [];
  for (const flags of ['', 'u', 'v']) {
    const expression = new RegExp(JSON.parse(pattern) as string, flags);
    assert.ok(expression.test('Grüße 👋'));
    assert.ok(!expression.test('a\u0085b') && !expression.test('a\nb'));
  }
});
