/** What HTTP itself asks of a request, before any endpoint looks at it. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { MIMEType } from 'node:util';
import type { RequestHandler } from 'express';
import { Problem } from './problem.ts';

const problem = (status: number, field: string, message: string, headers: Record<string, string> = {}) =>
  new Problem(status, `The header ${field} ${message}.`, { errors: [{ field, message }], headers });

/** The parser lets pass what else there ever was: 0.9, 2.0, and other protocols of that form. */
export const knownVersion: RequestHandler = ({ httpVersion }, _response, next) => {
  if (httpVersion === '1.1' || httpVersion === '1.0') return next();
  throw new Problem(400, `This is not HTTP/1.1: the version is ${httpVersion}.`, {
    headers: { connection: 'close' },
  });
};

/**
 * Of two, Node takes the first or makes one of both; whoever stands between us and the client may take the
 * other.
 */
const ONCE = new Set(['host', 'authorization', 'content-type', 'idempotency-key']);

export const onceOnly: RequestHandler = ({ rawHeaders }, _response, next) => {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) throw problem(400, name, 'is there more than once');
    seen.add(name);
  }
  next();
};

/** RFC 9112, 3.2. Node would answer with an empty body. */
export const hasHost: RequestHandler = (request, _response, next) => {
  if (request.headers.host !== undefined || request.httpVersion === '1.0') return next();
  throw problem(400, 'host', 'is missing', { connection: 'close' });
};

/** RFC 9110, 10.1.1: there is one expectation; Node answers it before we are asked. */
export const knownExpectation: RequestHandler = (request, _response, next) => {
  const { expect } = request.headers;
  if (expect === undefined || expect.toLowerCase() === '100-continue') return next();
  throw problem(417, 'expect', 'may be 100-continue only', { connection: 'close' });
};

/** A body is JSON in UTF-8, and says so. No body needs no type. */
export const jsonBodies: RequestHandler = (request, _response, next) => {
  const given = request.headers['content-type'];
  if (!hasBody(request.headers) || isJson(given)) return next();
  throw problem(
    415,
    'content-type',
    given === undefined ? 'is missing; application/json is taken' : 'must be application/json in UTF-8',
    {
      accept: 'application/json',
    },
  );
};

const hasBody = (headers: IncomingMessage['headers']) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

export function isJson(contentType: string | undefined): boolean {
  try {
    const { essence, params } = new MIMEType(contentType ?? '');
    return essence === 'application/json' && (params.get('charset') ?? 'utf-8').toLowerCase() === 'utf-8';
  } catch {
    return false;
  }
}

/** For the body parser, which would put U+FFFD for each byte that is none. */
export function isUtf8Body(_request: IncomingMessage, _response: unknown, body: Buffer): void {
  if (isUtf8(body)) return;
  throw new Problem(400, 'The body is not UTF-8.', { errors: [{ field: 'body', message: 'is not UTF-8' }] });
}

/** The answer to every method that a path does not have: 405, and to OPTIONS the methods that it has. */
export function allow(methods: readonly string[]): RequestHandler {
  const taken = new Set(
    methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
  );
  const header = [...taken, 'OPTIONS'].join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') return void response.status(204).set('allow', header).end();
    throw new Problem(405, `${request.path} takes ${header}, not ${request.method}.`, {
      headers: { allow: header },
    });
  };
}
