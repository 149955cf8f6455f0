/** The page that was built, and its index for every other address. */
import { createReadStream, existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const DIST = path.join(import.meta.dirname, '../../web/dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Rejects if the browser goes before it has all of it. */
export function sendFile(response: ServerResponse, pathname: string): Promise<void> {
  const asked = path.join(DIST, path.normalize(pathname));
  const file =
    asked.startsWith(DIST) && path.extname(asked) !== '' && existsSync(asked)
      ? asked
      : path.join(DIST, 'index.html');
  response.writeHead(200, {
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    'x-content-type-options': 'nosniff',
    'cache-control': file.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  return pipeline(createReadStream(file), response);
}
