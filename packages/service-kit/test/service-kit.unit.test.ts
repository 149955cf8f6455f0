import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import { authOf, ConfigError, readConfig, ServiceConfig } from '../src/config.ts';
import { ANYBODY } from '../src/http/auth/access.ts';
import { withoutTokens } from '../src/http/auth/authorize.ts';
import { endpoint } from '../src/http/endpoint.ts';
import { openApiOf } from '../src/http/openapi.ts';
import { Problem, tryLater } from '../src/http/problem.ts';
import { createRefusalLog } from '../src/http/refusals.ts';
import { listen } from '../src/http/listen.ts';
import { createHttpApp, type HttpAppOptions } from '../src/http/server.ts';

const good = {
  PORT: '4001',
  DATABASE_URL: 'postgres://a:b@127.0.0.1:5432/booking',
  KAFKA_BROKERS: '127.0.0.1:9092, other:9093',
};

describe('the configuration', () => {
  it('takes any variable from a file, and puts the password into the address', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'config-'));
    const file = path.join(folder, 'password');
    writeFileSync(file, 'a/b:c@d e\n');
    const environment = {
      ...good,
      DATABASE_URL: 'postgres://booking@db:5432/booking',
      DATABASE_PASSWORD_FILE: file,
    };
    const { DATABASE_URL } = readConfig(ServiceConfig, environment);
    assert.equal(decodeURIComponent(new URL(DATABASE_URL).password), 'a/b:c@d e');
    assert.equal(new URL(DATABASE_URL).host, 'db:5432');
    rmSync(folder, { recursive: true });
    assert.throws(() => readConfig(ServiceConfig, environment), /DATABASE_PASSWORD_FILE: ENOENT/);
  });
  it('is read with its types and defaults', () => {
    const config = readConfig(ServiceConfig, good);
    assert.equal(config.PORT, 4001);
    assert.deepEqual(config.KAFKA_BROKERS, ['127.0.0.1:9092', 'other:9093']);
    assert.equal(config.HOST, '127.0.0.1');
  });
  it('names every variable that is wrong, and says how', () => {
    const message = (environment: NodeJS.ProcessEnv): string => {
      try {
        readConfig(ServiceConfig, environment);
      } catch (error) {
        assert.ok(error instanceof ConfigError);
        return error.message;
      }
      return assert.fail('it was accepted');
    };
    assert.match(
      message({}),
      /PORT: is not set[\s\S]*DATABASE_URL: is not set[\s\S]*KAFKA_BROKERS: is not set/,
    );
    assert.match(message({ ...good, PORT: 'x' }), /PORT/);
    assert.match(message({ ...good, DATABASE_URL: 'mysql://x' }), /DATABASE_URL/);
    assert.match(message({ ...good, KAFKA_BROKERS: 'nohost' }), /KAFKA_BROKERS: must be host:port/);
  });
  it('takes the level of the log as other programs name it, and refuses what no program does', () => {
    const level = (LOG_LEVEL: string) => readConfig(ServiceConfig, { ...good, LOG_LEVEL }).LOG_LEVEL;
    assert.deepEqual(['INFO', ' Warn', 'warning', 'CRITICAL', 'off'].map(level), [
      'info',
      'warn',
      'warn',
      'fatal',
      'silent',
    ]);
    assert.throws(() => level('loud'), /LOG_LEVEL: must be one of .*info/);
  });
  it('asks for tokens unless it is told not to, and says what it lacks for that', () => {
    const read = (more: NodeJS.ProcessEnv) => authOf(readConfig(ServiceConfig, { ...good, ...more }));
    assert.throws(
      () => read({}),
      /AUTH_ISSUER: is not set; .*Where nobody else comes in: AUTH=off[\s\S]*AUTH_AUDIENCE: [\s\S]*AUTH_JWKS: /,
    );
    assert.throws(
      () => read({ AUTH_ISSUER: 'http://a', AUTH_JWKS: 'b' }),
      /^ConfigError: .*\n {2}AUTH_AUDIENCE: .*$/,
    );
    assert.deepEqual(read({ AUTH: 'off' }), { AUTH: 'off' });
    for (const open of [{ HOST: '0.0.0.0' }, { HOST: '::' }, { HOST: '10.0.0.1' }]) {
      assert.throws(() => read({ AUTH: 'off', ...open }), /\n {2}AUTH: off lets whoever reaches the port/);
      assert.deepEqual(read({ AUTH: 'off', ...open, DEMO_SECRETS: 'allowed' }), { AUTH: 'off' });
    }
    for (const HOST of ['127.0.0.1', 'localhost', '::1'])
      assert.deepEqual(read({ AUTH: 'off', HOST }), { AUTH: 'off' });
    const all = { AUTH_ISSUER: 'http://a', AUTH_AUDIENCE: 'c', AUTH_JWKS: 'b' };
    assert.deepEqual(read(all), { AUTH: 'on', ...all });
  });
  it('names a replica by its host, where nothing else does', () => {
    assert.equal(readConfig(ServiceConfig, good).INSTANCE, os.hostname());
    assert.equal(readConfig(ServiceConfig, { ...good, INSTANCE: '2' }).INSTANCE, '2');
  });
  it('never shows a value', () => {
    assert.throws(
      () => readConfig(ServiceConfig, { ...good, DATABASE_URL: 'secret-password' }),
      (error: Error) => error.message.includes('DATABASE_URL') && !error.message.includes('secret'),
    );
  });
  it('takes what is set to nothing as not set, in the environment, and not in a file', () => {
    const config = readConfig(ServiceConfig, {
      ...good,
      LOG_LEVEL: '',
      DATABASE_POOL_SIZE: ' ',
      HOST: '',
      DATABASE_PASSWORD_FILE: '',
    });
    assert.deepEqual([config.LOG_LEVEL, config.DATABASE_POOL_SIZE, config.HOST], ['info', 10, '127.0.0.1']);
    assert.throws(() => readConfig(ServiceConfig, { ...good, PORT: '' }), /PORT: is not set/);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'config-'));
    writeFileSync(path.join(folder, 'password'), '\n');
    const environment = { ...good, DATABASE_PASSWORD_FILE: path.join(folder, 'password') };
    assert.throws(() => readConfig(ServiceConfig, environment), /DATABASE_PASSWORD_FILE: .* is empty/);
  });
  it('reads a log level in any case, and says which there are', () => {
    assert.equal(readConfig(ServiceConfig, { ...good, LOG_LEVEL: ' INFO' }).LOG_LEVEL, 'info');
    assert.throws(
      () => readConfig(ServiceConfig, { ...good, LOG_LEVEL: 'verbose' }),
      /LOG_LEVEL: must be one of trace, debug, info/,
    );
  });
  it('says of a number what it must be', () => {
    for (const size of ['200', '1', '1e1', '0x10', '5s', '-3', '4.5', 'Infinity'])
      assert.throws(
        () => readConfig(ServiceConfig, { ...good, DATABASE_POOL_SIZE: size }),
        /DATABASE_POOL_SIZE: must be a whole number from 2 to 100$/,
        size,
      );
  });
});

describe('an endpoint', () => {
  const call = endpoint({
    method: 'post',
    path: '/things/:id',
    summary: 'A thing',
    access: 'open',
    inputs: {
      params: z.object({ id: z.uuid() }),
      query: z.object({ n: z.coerce.number().optional() }),
      body: z.strictObject({ a: z.int(), deep: z.object({ b: z.string() }) }),
    },
    responses: { 200: 'It', 422: 'Not it' },
    handle: async (input) => ({ status: 200, body: input }),
  });
  const raw = {
    caller: ANYBODY,
    params: { id: '01900000-0000-7000-8000-000000000001' },
    query: {},
    headers: {},
    body: { a: 1, deep: { b: 'x' } },
  };
  const problem = async (change: object): Promise<Problem> => {
    try {
      await call.handle({ ...raw, ...change });
    } catch (error) {
      assert.ok(error instanceof Problem);
      return error;
    }
    return assert.fail('it was accepted');
  };
  const fields = ({ errors }: Problem) => errors.map(({ field }) => field);

  it('gets its inputs parsed', async () =>
    assert.deepEqual((await call.handle({ ...raw, query: { n: '5' } })).body, {
      params: raw.params,
      query: { n: 5 },
      body: raw.body,
    }));
  it('answers 422 for a body that does not fit, and names the fields', async () => {
    const wrong = await problem({ body: { a: 'x', deep: { b: 1 }, more: true } });
    assert.equal(wrong.status, 422);
    assert.deepEqual(fields(wrong).sort(), ['a', 'deep.b', 'more']);
  });
  it('answers 422 for no body at all', async () =>
    assert.deepEqual(fields(await problem({ body: undefined })), ['body']));
  it('answers 400 for a bad query', async () =>
    assert.deepEqual(
      [(await problem({ query: { n: 'x' } })).status, fields(await problem({ query: { n: 'x' } }))],
      [400, ['n']],
    ));
  it('answers 404 for a path that names nothing', async () =>
    assert.equal((await problem({ params: { id: '1' } })).status, 404));
  it('is described in OpenAPI by the same schemas', () => {
    const { paths } = openApiOf('thing', [call]) as {
      paths: Record<string, { post: { parameters: { name: string; in: string }[]; requestBody: object } }>;
    };
    assert.deepEqual(
      paths['/things/{id}']?.post.parameters.map(({ name, in: place }) => [name, place]),
      [
        ['id', 'path'],
        ['n', 'query'],
      ],
    );
    assert.match(JSON.stringify(paths['/things/{id}']?.post.requestBody), /"additionalProperties":false/);
  });
  it('wants a body in OpenAPI where it answers 422 for none', () => {
    const requiredWith = (body: z.ZodType) => {
      const { paths } = openApiOf('thing', [{ ...call, inputs: { body } }]) as {
        paths: Record<string, { post: { requestBody: { required: boolean } } }>;
      };
      return paths['/things/{id}']?.post.requestBody.required;
    };
    const body = z.object({ a: z.int().optional() });
    assert.deepEqual([body, body.optional(), body.default({})].map(requiredWith), [true, false, false]);
  });
});

describe('requests that are told to come back', () => {
  it('are logged once a second for each kind of error, with how many were not told', () => {
    const lines: object[] = [];
    let now = 0;
    const refused = createRefusalLog({ warn: (fields) => lines.push(fields) }, () => now);
    const full = Object.assign(new Error('2000 requests are waiting already'), { name: 'OverloadError' });
    for (; now < 1_000; now += 10) refused(full, 'Too many requests are waiting.');
    assert.equal(lines.length, 1);
    refused(new Error('connection refused'), 'The database is away for the moment.');
    assert.deepEqual(lines[1], {
      reason: 'The database is away for the moment.',
      error: 'connection refused',
      refusedBefore: 0,
    });
    refused(full, 'Too many requests are waiting.');
    assert.deepEqual(lines[2], {
      reason: 'Too many requests are waiting.',
      error: '2000 requests are waiting already',
      refusedBefore: 99,
    });
    assert.equal(lines.length, 3);
  });
});

describe('the HTTP server', () => {
  it('tells of each request the path as it is defined, so that nobody can make up new ones, and its status', async () => {
    const answered: Omit<Parameters<HttpAppOptions['onAnswered']>[0], 'seconds'>[] = [];
    const bookings = endpoint({
      method: 'get',
      path: '/bookings/:bookingId',
      summary: '',
      access: 'open',
      inputs: { params: z.object({ bookingId: z.enum(['known', 'busy']) }) },
      responses: {},
      handle: async ({ params }) => {
        if (params.bookingId === 'busy') throw tryLater('Too much.');
        return { status: 200, body: {} };
      },
    });
    const app = createHttpApp({
      title: 'test',
      authorize: withoutTokens,
      endpoints: [bookings],
      log: pino({ enabled: false }),
      onAnswered: ({ seconds, ...rest }) => {
        assert.ok(seconds > 0 && seconds < 60);
        answered.push(rest);
      },
    });
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    for (const way of ['/bookings/known', '/bookings/busy', '/bookings/unknown', '/made/up'])
      await (await fetch(`http://127.0.0.1:${server.port}${way}`)).arrayBuffer();
    await server.close(1_000);
    const get = (route: string, status: number) => ({ method: 'GET', route, status });
    assert.deepEqual(answered, [
      get('/bookings/:bookingId', 200),
      get('/bookings/:bookingId', 503),
      get('/bookings/:bookingId', 404),
      get('other', 404),
    ]);
  });
});
