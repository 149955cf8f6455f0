/** The built page, as files: what Vite has put into console/web/dist, compressed when it was built. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '@sagakit/service-kit/http/problem';
import type { RequestHandler } from 'express';
import sirv from 'sirv';

const DIST = path.join(import.meta.dirname, '../../web/dist');

/** What is no address of a page. */
export const NOT_OURS = /^\/(api|auth|health|metrics|v1|openapi\.json)(\/|$)/;

/**
 * Every address of the page is the same file; hashed files never change, and one that is not there is not the
 * page.
 */
export function servePage(folder = DIST): RequestHandler {
  if (!existsSync(path.join(folder, 'index.html'))) return notBuilt;
  const files = sirv(folder, {
    brotli: true,
    gzip: true,
    etag: true,
    single: true,
    ignores: [/^\/assets\//],
    setHeaders: (response, pathname) =>
      response.setHeader(
        'cache-control',
        pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  });
  return (request, response, next) => {
    if (!isForPage(request)) return next();
    // Nobody needs a part of a file that is so small, and sirv answers nothing at all to one that ends before
    // it begins (`bytes=9-1`).
    delete request.headers.range;
    files(request, response, next);
  };
}

const isForPage = ({ method, path: asked }: { method: string; path: string }) =>
  (method === 'GET' || method === 'HEAD') && !NOT_OURS.test(asked);

const notBuilt: RequestHandler = (request, _response, next) => {
  if (!isForPage(request)) return next();
  throw new Problem(404, 'The page was not built: npm run console:page. All that it shows is at /api.');
};
