/**
 * What the page is built of, and whether what lies in console/web/dist was built of that. Needs no build
 * tool.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const HERE = import.meta.dirname;
export const DIST = path.join(HERE, 'dist');
/** Lies in the folder that was built, and holds the hash of its sources. */
export const MARK = '.built-of';
const SOURCES = ['src/**/*', 'public/**/*', '*.{ts,html}', '../package.json', '../src/api*.ts'];

export function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: HERE }).sort()) {
    if (!path.extname(file)) continue;
    hash.update(file).update(readFileSync(path.join(HERE, file)));
  }
  return hash.digest('hex');
}

export function pageIsBuilt(hash = hashOfSources()): boolean {
  const mark = path.join(DIST, MARK);
  return existsSync(mark) && readFileSync(mark, 'utf8') === hash;
}
