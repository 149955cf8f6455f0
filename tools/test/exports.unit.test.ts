/** What a package of the framework exports is a promise to forks: so each is imported by somebody outside. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../stack/state.ts';

const SOURCES = '{console,contracts,e2e,examples,infra,packages,services,tools}/**/*.{ts,tsx,mts}';
const IMPORTED = /['"](@sagakit\/[\w/-]+)['"]/g;

/** By file what it imports. */
const imports = globSync(SOURCES, { cwd: ROOT, exclude: ['**/node_modules/**'] }).map((file) => ({
  file,
  modules: new Set(
    [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(IMPORTED)].map(([, name]) => name),
  ),
}));

describe('the exports of', () => {
  for (const manifest of globSync('packages/*/package.json', { cwd: ROOT })) {
    const { name, exports } = JSON.parse(readFileSync(path.join(ROOT, manifest), 'utf8')) as {
      name: string;
      exports: Record<string, string>;
    };
    it(`${name} are imported by somebody else`, () => {
      const others = imports.filter(({ file }) => !file.startsWith(`${path.dirname(manifest)}/`));
      const unused = Object.keys(exports).filter(
        (entry) => !others.some(({ modules }) => modules.has(`${name}${entry.slice(1)}`)),
      );
      assert.deepEqual(unused, []);
    });
  }
});
