/** What logs and traces say, and of whom they say nothing. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import { redactionOf, withoutValues } from '../src/logging.ts';
import { nameByRoute, queryOf, tracesWanted } from '../src/telemetry.ts';

describe('the log', () => {
  it('never shows a credential, nor what the messages mark', () => {
    let written = '';
    const log = pino(
      { redact: redactionOf(['contact', 'email']) },
      new Writable({
        write: (chunk, _, done) => {
          written += String(chunk);
          done();
        },
      }),
    );
    const contact = { email: 'ada@example.com', name: 'Ada', address: { street: 'Secret Street' } };
    log.info(
      {
        data: { deposit: { token: 'sesame' }, contact },
        request: { token: 'sesame' },
        token: 'sesame',
        email: 'ada@example.com',
      },
      'x',
    );
    assert.doesNotMatch(written, /sesame|Secret Street|ada@example/);
    assert.match(written, /redacted/);
  });
  it('never quotes the row or the value that PostgreSQL refused', () => {
    const refused = new pg.DatabaseError('null value in column "id" of relation "guests"', 1, 'error');
    Object.assign(refused, {
      code: '23502',
      table: 'guests',
      detail: 'Failing row contains (null, ada@example.com).',
      where: 'JSON data, line 1: {"email":"ada@example.com"',
    });
    const said = withoutValues(new Error('it was not stored', { cause: refused }));
    assert.doesNotMatch(JSON.stringify([said, withoutValues(refused)]), /ada@/);
    assert.match(JSON.stringify(withoutValues(refused)), /null value.*"23502".*"guests"/);
  });
  it('nor the words with which it quotes a value that does not fit: the code and the place are left', () => {
    const refused = new pg.DatabaseError(
      'invalid input syntax for type uuid: "Ada\n    at home"',
      1,
      'error',
    );
    Object.assign(refused, { code: '22P02' });
    const wrapped = new Error(`it was not stored: ${refused.message}`, { cause: refused });
    const said = [refused, wrapped].map((error) => JSON.stringify(withoutValues(error)));
    for (const text of said) {
      assert.doesNotMatch(text, /Ada|at home/);
      assert.match(text, /22P02.*logs-and-traces/);
    }
    assert.match(said[1] ?? '', /it was not stored/);
  });
});

describe('telemetry', () => {
  it('runs where the standard variables name an exporter', () => {
    assert.equal(tracesWanted({}), false);
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }), true);
    assert.equal(tracesWanted({ OTEL_TRACES_EXPORTER: 'console' }), true);
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_SDK_DISABLED: 'true' }), false);
    assert.equal(tracesWanted({ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'x' }), false);
  });
  it('reads the variables as their specification says: an empty one is not set, case and spaces do not count', () => {
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_SDK_DISABLED: ' TRUE ' }), false);
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_SDK_DISABLED: '' }), true);
    assert.equal(tracesWanted({ OTEL_TRACES_EXPORTER: ' None ', OTEL_EXPORTER_OTLP_ENDPOINT: 'x' }), false);
    assert.equal(tracesWanted({ OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: 'x' }), true);
    assert.equal(
      tracesWanted({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '', OTEL_EXPORTER_OTLP_ENDPOINT: 'x' }),
      true,
    );
    assert.equal(
      tracesWanted({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: '' }),
      true,
    );
  });
  it('is off where the endpoint is empty, but for exporters that need none', () => {
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }), false);
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ', OTEL_TRACES_EXPORTER: 'otlp' }), false);
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: 'console' }), true);
    assert.equal(tracesWanted({ OTEL_TRACES_EXPORTER: 'otlp' }), true);
  });
  it('has of a query only what was asked with', () => {
    const traced = (url?: string) => queryOf({ url })['url.query'];
    assert.equal(traced('/find?q=ada%40example.com&limit=5&q=Ada'), 'q=…&limit=…');
    for (const url of ['/find?', '/find?ada', '/find?ada%40example.com=1']) assert.equal(traced(url), '');
    assert.deepEqual([traced('/find'), traced()], [undefined, undefined]);
  });
  it('names the span of a request by its route, and of one that has none not at all', () => {
    const names: string[] = [];
    const span = {
      setAttribute: (name: string, value: unknown) => (names.push(`${name}=${String(value)}`), span),
      updateName: (name: string) => (names.push(name), span),
    } as unknown as Parameters<typeof nameByRoute>[0];
    nameByRoute(span, Object.assign({ method: 'GET' }, { route: { path: '/bookings/:bookingId' } }));
    nameByRoute(span, { method: 'GET' });
    assert.deepEqual(names, ['http.route=/bookings/:bookingId', 'GET /bookings/:bookingId']);
  });
});
