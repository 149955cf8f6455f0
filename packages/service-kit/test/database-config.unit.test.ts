/** Whose database it is, and with which passwords. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { databaseOf, ownersDatabaseOf, readConfig, ServiceConfig } from '../src/config.ts';
import { demoSecret } from '../src/demo-secrets.ts';

const good = {
  PORT: '4001',
  DATABASE_URL: 'postgres://a:b@127.0.0.1:5432/booking',
  KAFKA_BROKERS: '127.0.0.1:9092, other:9093',
};

describe('the configuration of the database', () => {
  it('reads a password from its file for each connection, unless one is given itself', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'config-'));
    const file = path.join(folder, 'password');
    writeFileSync(file, 'in the file');
    const environment = { ...good, DATABASE_PASSWORD_FILE: file };
    const addressOf = (given: NodeJS.ProcessEnv) => databaseOf(readConfig(ServiceConfig, given));
    assert.equal((addressOf(environment) as { passwordFile?: string }).passwordFile, file);
    assert.deepEqual(addressOf({ ...environment, DATABASE_PASSWORD: 'given' }), {
      url: 'postgres://a:given@127.0.0.1:5432/booking',
      passwordFile: undefined,
    });
    rmSync(folder, { recursive: true });
  });
  it('has an owner of the tables beside the role that works, or one role for both', () => {
    const owner = { DATABASE_OWNER_URL: 'postgres://o@127.0.0.1/booking', DATABASE_OWNER_PASSWORD: 'x/y' };
    assert.deepEqual(ownersDatabaseOf(readConfig(ServiceConfig, { ...good, ...owner })), {
      url: 'postgres://o:x%2Fy@127.0.0.1/booking',
      passwordFile: undefined,
    });
    const one = readConfig(ServiceConfig, good);
    assert.deepEqual(ownersDatabaseOf(one), databaseOf(one));
    assert.equal(one.MIGRATE_AT_START, true);
  });
  it('refuses secrets that everybody knows wherever others may come in', () => {
    const local = {
      ...good,
      KAFKA_BROKERS: 'localhost:9092',
      DATABASE_URL: 'postgres://a@127.0.0.1/b',
      DATABASE_PASSWORD: demoSecret('booking'),
    };
    const refused = /DATABASE_PASSWORD: is a demo secret.*DEMO_SECRETS=allowed/;
    readConfig(ServiceConfig, local);
    for (const elsewhere of [
      { NODE_ENV: 'production' },
      { HOST: '0.0.0.0' },
      { DATABASE_URL: 'postgres://a@postgres:5432/b' },
      { KAFKA_BROKERS: 'localhost:9092,kafka:9092' },
      { NODE_ENV: 'production', DEMO_SECRETS: 'no' },
    ]) {
      assert.throws(() => readConfig(ServiceConfig, { ...local, ...elsewhere }), refused);
      readConfig(ServiceConfig, { ...local, ...elsewhere, DATABASE_PASSWORD: 'of our own' });
      readConfig(ServiceConfig, { ...local, ...elsewhere, DEMO_SECRETS: 'allowed' });
    }
    const inAddress = { ...good, DATABASE_URL: `postgres://a:${demoSecret('booking')}@db/b` };
    assert.throws(() => readConfig(ServiceConfig, inAddress), /DATABASE_URL: is a demo secret/);
  });
});
