/**
 * What a first visit loads, from what the build says: the entry, what it imports at once, and its styles.
 * Skipped where nothing was built.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

const DIST = path.join(import.meta.dirname, '../../web/dist');
const JS_LIMIT = 150_000;
const CSS_LIMIT = 15_000;

type Chunk = { file: string; css?: string[]; imports?: string[]; isEntry?: boolean };

const sizeOf = (files: Iterable<string>) =>
  [...files].reduce(
    (sum, file) => sum + gzipSync(readFileSync(path.join(DIST, file)), { level: 9 }).length,
    0,
  );

describe(
  'the built page',
  { skip: !existsSync(path.join(DIST, '.vite/manifest.json')) && 'not built' },
  () => {
    const manifest = () =>
      JSON.parse(readFileSync(path.join(DIST, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;

    /** With all that it imports before it runs. */
    function whole(
      key: string,
      chunks: Record<string, Chunk>,
      into = new Map<string, Chunk>(),
    ): Map<string, Chunk> {
      const chunk = chunks[key];
      if (!chunk || into.has(key)) return into;
      into.set(key, chunk);
      for (const imported of chunk.imports ?? []) whole(imported, chunks, into);
      return into;
    }

    it('loads less than 150 kB of JavaScript at first, gzipped', (t) => {
      const chunks = manifest();
      const entry = Object.keys(chunks).find((key) => chunks[key]?.isEntry) ?? '';
      const bytes = sizeOf([...whole(entry, chunks).values()].map(({ file }) => file));
      t.diagnostic(`${bytes} bytes`);
      assert.ok(bytes > 20_000 && bytes < JS_LIMIT, `${bytes} bytes`);
    });

    it('has less than 15 kB of styles, all pages together', (t) => {
      const bytes = sizeOf(
        new Set(
          Object.values(manifest()).flatMap(({ css = [], file }) => [
            ...css,
            ...(file.endsWith('.css') ? [file] : []),
          ]),
        ),
      );
      t.diagnostic(`${bytes} bytes`);
      assert.ok(bytes > 1000 && bytes < CSS_LIMIT, `${bytes} bytes`);
    });

    it('loads nothing from elsewhere, and has no code in its HTML', () => {
      const html = readFileSync(path.join(DIST, 'index.html'), 'utf8');
      assert.doesNotMatch(html, /(src|href)="(?!\/)/);
      assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+=/);
    });
  },
);
