/**
 * What is imported of our own packages is declared where it is imported, and what is declared is imported:
 * knip takes every workspace for declared. A fork may take any package out and see who needs it.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../stack/state.ts';

type Manifest = { name: string; dependencies?: object; devDependencies?: object };

const OURS = /^@(sagakit|order-saga)\//;
const IMPORTED = /(?:from|import|import\()\s*['"](@(?:sagakit|order-saga)\/[\w-]+)/g;
const ignored = ['**/node_modules/**', '**/storage/prisma/**'];

/** The workspaces, the innermost first: a file belongs to the first that it lies in. */
const folders = globSync('*/**/package.json', { cwd: ROOT, exclude: ignored })
  .map((file) => path.dirname(file))
  .sort((a, b) => b.length - a.length);
const folderOf = (file: string) => folders.find((folder) => file.startsWith(`${folder}/`));
const files = globSync('**/*.{ts,tsx,mts,mjs,js}', { cwd: ROOT, exclude: [...ignored, '.*/**'] });

const importsOf = (file: string) =>
  [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(IMPORTED)].map(([, name]) => name as string);
const ours = (names: object = {}) => new Set(Object.keys(names).filter((name) => OURS.test(name)));

describe('our own packages are declared', () => {
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
    const own = files.filter((file) => folderOf(file) === folder);
    const names = (some: readonly string[]) =>
      some.flatMap(importsOf).filter((name) => name !== manifest.name);
    const [shipped, developing] = [ours(manifest.dependencies), ours(manifest.devDependencies)];
    it(`in ${manifest.name}, as they are imported`, () =>
      assert.deepEqual([...shipped, ...developing].sort(), [...new Set(names(own))].sort()));

    const sources = own.filter((file) => file.startsWith(`${folder}/src/`) && !file.endsWith('.test.ts'));
    // What has no src/ is run in a checkout alone.
    if (sources.length > 0)
      it(`in ${manifest.name} for an image, if what is shipped needs them`, () =>
        assert.deepEqual([...shipped].sort(), [...new Set(names(sources))].sort()));
  }
});
