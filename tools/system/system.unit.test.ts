/** Nobody is forgotten: what cannot be made of contracts/src/system.ts is compared with it. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { OUTSIDE, SERVICES, SYSTEM } from '@order-saga/contracts/system';
import { TOPICS } from '@order-saga/contracts/topics';
import borders from '../../.dependency-cruiser.mjs';
import { settingsOf } from '../stack/settings.ts';
import { ROOT } from '../stack/state.ts';
import { kafkaPasswordFile } from './kafka-users.ts';
import { passwordFile, PLACES } from './places.ts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const isThere = (file: string) => existsSync(path.join(ROOT, file));

describe('the system', () => {
  it('has the services that have a folder', () =>
    assert.deepEqual(readdirSync(path.join(ROOT, 'services')), [...SERVICES].sort()));
  it('gives each a port of its own, and none of those that others have', () => {
    const ports = SERVICES.map((service) => SYSTEM[service].port);
    const published = [...read('docker-compose.yml').matchAll(/127\.0\.0\.1:\$\{\w+:-(\d+)\}:\d+/g)].map(
      ([, port]) => Number(port),
    );
    assert.deepEqual(
      published.filter((port) => ports.includes(port)),
      ports,
    );
    assert.equal(new Set(published).size, published.length);
  });
  for (const service of SERVICES) {
    const { reads, commandedBy, topics } = SYSTEM[service];
    it(`${service} reads topics that there are`, () =>
      assert.deepEqual(
        reads.filter((topic) => !(topic in TOPICS)),
        [],
      ));
    it(`${service} takes commands from a service`, () =>
      assert.ok(commandedBy === undefined || SERVICES.includes(commandedBy)));
    it(`${service} has messages on its topics, which the catalogue knows`, () => {
      const used = new Set([...catalogue.messages.values()].map(({ topic }) => topic));
      const { deadLetters: _, ...own } = topics;
      for (const topic of Object.values(own))
        if (topic) assert.ok(used.has(topic), `the catalogue has no message on ${topic}`);
    });
  }
});

describe('what cannot import the system says the same', () => {
  const sixth = { ...SYSTEM, 'made-up': { port: 4999, needs: ['smtp'] as const, settings: ['OF_ITS_OWN'] } };
  for (const { file, write } of PLACES) {
    it(`${file} (npm run system writes it)`, () =>
      assert.equal(read(file), write(read(file), SYSTEM), 'run: npm run system'));
    it(`${file} would be noticed if it lacked one`, () => {
      const more = write(read(file), sixth);
      assert.notEqual(more, read(file));
      assert.match(more, /\bmade-up\b/);
      assert.equal(write(more, SYSTEM), read(file));
    });
  }
});

describe('each service', () => {
  for (const service of SERVICES) {
    it(`${service} has a border of its own`, () =>
      assert.ok(borders.forbidden.some(({ name }) => name === `${service}-stands-alone`)));
    it(`${service} has a password for its database`, () =>
      assert.notEqual(read(passwordFile(service)).trim(), '', 'run: npm run system'));
    it(`${service} has a password for Kafka`, () =>
      assert.notEqual(read(kafkaPasswordFile(service)).trim(), '', 'run: npm run system'));
    it(`${service} has a README`, () => assert.ok(isThere(`services/${service}/README.md`)));
    it(`${service} reads the settings that the system names, and those that every service has`, async () => {
      const own = await settingsOf(service);
      const { settings, needs } = SYSTEM[service];
      assert.deepEqual(
        Object.keys(own?.shape ?? {}).sort(),
        [...settings, ...needs.map((need) => OUTSIDE[need])].sort(),
      );
    });
  }
});

/** They name every service for another reason than to list them. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  'contracts/src/system.ts': 'the list',
  'e2e/containers/databases.spec.ts': 'what is broken in the database of each',
  'e2e/one-trace.spec.ts': 'which message goes from where to where',
  'tools/test/database-away.integration.test.ts': 'what can be asked of each',
};

describe('there is no second list of the services', () => {
  const files = globSync(
    ['{packages,contracts,services,tools,infra,e2e,.github}/**/*.{ts,mts,mjs,json,yml}', '*.{mjs,json,yml}'],
    {
      cwd: ROOT,
      exclude: ['**/node_modules/**', '**/storage/prisma/**', 'package-lock.json'],
    },
  );
  const known = new Set([...PLACES.map(({ file }) => file), ...Object.keys(NAMED_OTHERWISE)]);
  const named = (text: string, service: string) => new RegExp(`['"\`/ [,]${service}['"\`/,\\]:]`).test(text);
  it('in code or settings', () => {
    assert.ok(files.length > 400, `${files.length}`);
    const lists = files.filter((file) => SERVICES.every((service) => named(read(file), service)));
    assert.deepEqual(
      lists.filter((file) => !known.has(file)),
      [],
    );
  });
});
