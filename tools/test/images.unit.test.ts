/**
 * What an image installs, read from the lock file: the tests of the images themselves need Docker, and a
 * development tool of a hundred megabytes that slips into a service's dependencies is seen without.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { SERVICES } from '@order-saga/contracts/system';
import { ROOT } from '../stack/state.ts';

type Entry = { link?: boolean; resolved?: string; dependencies?: Record<string, string> };
const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Entry>;
};

/** Where `name` is found from `from`: the nearest node_modules, as Node looks. */
function placeOf(name: string, from: string): string {
  for (let folder = from; ; folder = folder.replace(/(^|\/)[^/]*$/, '')) {
    const place = path.posix.join(folder, 'node_modules', name);
    const entry = packages[place];
    if (entry) return entry.link ? (entry.resolved as string) : place;
    if (folder === '') throw new Error(`${from} depends on ${name}, which package-lock.json does not have`);
  }
}

/** The names of all that is installed for it in production. */
function installedFor(app: string): Set<string> {
  const places = new Set([app]);
  for (const place of places)
    for (const name of Object.keys(packages[place]?.dependencies ?? {})) places.add(placeOf(name, place));
  return new Set([...places].map((place) => place.split('node_modules/').at(-1) as string));
}

describe('the image of a service', () => {
  for (const service of SERVICES)
    it(`has what ${service} needs, and none of the tools that it is made with`, () => {
      const installed = installedFor(`services/${service}`);
      assert.ok(installed.has('kafkajs') && installed.has('pg'));
      const tools = ['prisma', 'typescript', 'eslint', 'prettier', 'node', 'fast-check', 'packages/testing'];
      assert.deepEqual(
        tools.filter((tool) => installed.has(tool)),
        [],
      );
    });
});
