/**
 * What a request must be before anything looks at it: no page of another name may make a visitor's browser
 * talk to the console.
 */
import { Problem } from '@sagakit/service-kit/http/problem';
import type { RequestHandler } from 'express';

/** Nothing is loaded from elsewhere, nothing runs that is not a file of ours, nobody puts us into a frame. */
const CSP = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export const safeHeaders: RequestHandler = (_request, response, next) => {
  response.set(HEADERS);
  next();
};

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** Asked by machines, by whatever name they have for us. They tell nothing of anybody. */
const FOR_MACHINES = /^\/(health\/|metrics$)/;

/** DNS rebinding: a stranger's name may lead to our address, so only names that are ours are answered. */
export function knownHosts(own: readonly string[]): RequestHandler {
  const known = new Set([...LOOPBACK, ...own]);
  return (request, _response, next) => {
    const name = hostName(request.headers.host);
    if ((name !== undefined && known.has(name)) || FOR_MACHINES.test(request.path)) return next();
    throw new Problem(403, 'The console is not called by this name; see CONSOLE_HOSTS.', {
      errors: [{ field: 'host', message: 'is not one of the names of the console' }],
    });
  };
}

/** Without the port, in lower case. */
function hostName(host: string | undefined): string | undefined {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  return host.toLowerCase().replace(/:\d+$/, '');
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What changes something comes from our own page, or from no page at all. */
export const sameOrigin: RequestHandler = (request, _response, next) => {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreign = origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);
  if (
    READS.has(request.method) ||
    (!foreign && (site === undefined || site === 'same-origin' || site === 'none'))
  ) {
    return next();
  }
  throw new Problem(403, 'Another page must not do this.', {
    errors: [{ field: 'origin', message: 'is not the origin of the console' }],
  });
};

export const readOnly: RequestHandler = (request, _response, next) => {
  if (READS.has(request.method)) return next();
  throw new Problem(403, 'This console is read-only (CONSOLE_READ_ONLY).');
};
