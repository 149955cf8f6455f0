/** Requests that no honest client sends, from a seed, about all that /openapi.json has. */
import { seededRandom } from '@sagakit/testing/seeded-random';

export type HostileRequest = {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** What there is to ask: `/api/stories/{correlationId}`, and the names of all parameters. */
export type Askable = { paths: readonly string[]; names: readonly string[] };

/** No calls, files, and targets that are no path. */
const OTHERS = [
  ...['/', '//', '/api', '/api/', '/.env', '/metrics', '/openapi.json', '/assets/x.js', '/health/ready'],
  ...['/stories/x', '/find', '/orders/x', '/auth/callback', '/auth/sign-in', '/auth/sign-out'],
  ...[
    '/assets/../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/.vite/manifest.json',
    '/%',
    '/api/stories/%zz',
  ],
  ...['*', '//[', 'http://[/', 'http://evil.example/api/config', '/api/stories/../../etc/passwd'],
];
const TEXTS = [
  ...[
    '',
    '\u0000',
    '\ud800',
    '%',
    '%zz',
    '..',
    '../../',
    '[]',
    '{"$gt":1}',
    'x'.repeat(3_000),
    '-1',
    '1e999',
  ],
  ...["' or 1=1 --", '<script>window.owned = 1</script>', '\u202e', '😀', 'tok_visa', '0'.repeat(36)],
  ...['ffffffff', '2026-11-26T00:00:00Z', '0000-00-00', 'order', 'REJECTED', 'null', 'undefined'],
  ...['__proto__', '1', '5', 'true', 'other', 'undo', 'mermaid', 'payment', '/payment', '-0', '１２'],
];
const ODD_NAMES = ['__proto__', 'constructor', 'limit[]', 'a[b][c]', 'toString', '', 'x'.repeat(500)];
const METHODS = [
  'GET',
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'PATCH',
  'TRACE',
];
const TYPES = [
  ...['application/json', 'application/json', 'text/plain', 'application/x-protobuf', ''],
  ...[
    'application/json; charset=utf-7',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ],
];
const BODIES = [
  ...['', '{', '[]', 'null', '"x"', '{"force":"x"}', '{"__proto__":{"x":1}}', '['.repeat(20_000)],
  ...['{"lines":[{"sku":"\\u0000","quantity":1e999}]}', `{"x":"${'y'.repeat(70_000)}"}`, '\u0000\u0001'],
  '{"resourceSpans":[{"scopeSpans":[{"spans":[1]}]}]}',
  '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name"}]},"scopeSpans":[{"spans":[null]}]}]}',
];
/** Each is rare; several may come together. */
const HEADERS: readonly [name: string, values: readonly string[]][] = [
  ['host', ['evil.example', 'evil.example:4000', '', 'localhost.evil.example', '[::1', 'a b']],
  ['origin', ['http://evil.example', 'null', 'javascript:0', 'http://[']],
  ['sec-fetch-site', ['cross-site', 'same-site', 'x']],
  ['if-none-match', ['*', '"x"', 'W/"', ',,,']],
  ['content-encoding', ['gzip', 'br', 'x']],
  ['accept-encoding', ['gzip', 'br;q=0', '*', 'x'.repeat(2_000)]],
  ['cookie', ['order-saga-console=x', '=;=;', 'a'.repeat(4_000)]],
  ['authorization', ['Bearer x', 'Bearer ..', 'Basic eDp4', 'Bearer eyJhbGciOiJub25lIn0.e30.']],
  ['range', ['bytes=0-', 'bytes=-1', 'bytes=9-1', 'x']],
  ['traceparent', ['00-0-0-0', 'x']],
  ['x-forwarded-host', ['evil.example']],
];

/** One after the other, the same for the same seed. */
export function hostileRequests(seed: number, { paths, names }: Askable): () => HostileRequest {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const often = (share: number) => random() < share;
  const written = () => {
    const text = pick(TEXTS).toWellFormed();
    // As it is, where a client can send it at all.
    return often(0.8) ? encodeURIComponent(text) : text.replace(/[^\u0021-\u00ff]/gu, encodeURIComponent);
  };
  const query = () => `${often(0.9) ? pick(names) : encodeURIComponent(pick(ODD_NAMES))}=${written()}`;
  const target = () => {
    const path = often(0.75) ? pick(paths).replace(/\{\w+\}/g, written) : pick(OTHERS);
    const more = Array.from({ length: Math.floor(random() * 4) }, query).join('&');
    return `${path}${often(0.05) ? `/${written()}` : ''}${more ? `?${more}` : ''}`;
  };
  return () => {
    const method = pick(METHODS);
    const odd = HEADERS.filter(() => often(0.03)).map(([name, values]) => [name, pick(values)]);
    const hasBody = method.startsWith('P') || often(0.02);
    return {
      method,
      target: target(),
      headers: { ...(hasBody ? { 'content-type': pick(TYPES) } : {}), ...Object.fromEntries(odd) },
      body: hasBody ? pick(BODIES) : undefined,
    };
  };
}
