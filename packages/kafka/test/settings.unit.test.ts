import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { namesAt } from '../src/connection.ts';
import { connectionOf, KafkaSettings } from '../src/settings.ts';

const connection = (given: Record<string, string>) =>
  connectionOf(KafkaSettings.parse({ KAFKA_BROKERS: 'a:1, b:2', ...given }), 'test');

describe('the settings of Kafka', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'kafka-settings-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };

  it('name brokers alone where nobody is asked who he is', () =>
    assert.deepEqual(connection({}), {
      brokers: ['a:1', 'b:2'],
      clientId: 'test',
      sasl: undefined,
      tls: undefined,
      prefix: undefined,
    }));
  it('take a password, and SCRAM unless another mechanism is named', () => {
    const given = { KAFKA_SASL_USERNAME: 'rooms', KAFKA_SASL_PASSWORD: 'secret' };
    assert.deepEqual(connection(given).sasl, {
      mechanism: 'scram-sha-512',
      username: 'rooms',
      password: 'secret',
    });
    assert.equal(connection({ ...given, KAFKA_SASL_MECHANISM: 'PLAIN' }).sasl?.mechanism, 'plain');
    assert.throws(
      () => connection({ ...given, KAFKA_SASL_MECHANISM: 'md5' }),
      /must be one of scram-sha-512/,
    );
  });
  it('refuse a user without a password', () =>
    assert.throws(() => connection({ KAFKA_SASL_USERNAME: 'rooms' }), /KAFKA_SASL_PASSWORD: is not set/));
  it('read a password from its file each time, and keep the last while it is being replaced', () => {
    const at = file('password', 'first\n');
    const { sasl } = connection({ KAFKA_SASL_USERNAME: 'rooms', KAFKA_SASL_PASSWORD_FILE: at });
    const password = sasl?.password;
    assert.ok(typeof password === 'function');
    assert.equal(password(), 'first');
    file('password', 'second');
    assert.equal(password(), 'second');
    file('password', '');
    assert.equal(password(), 'second', 'half written');
    rmSync(at);
    assert.equal(password(), 'second', 'away');
    file('password', 'third');
    assert.equal(password(), 'third');
  });
  it('refuse a file that is not there', () => {
    const given = { KAFKA_SASL_USERNAME: 'rooms', KAFKA_SASL_PASSWORD_FILE: path.join(folder, 'none') };
    assert.throws(() => connection(given), /ENOENT/);
  });
  it('read certificates from their files each time', () => {
    const ca = file('ca.pem', 'one');
    assert.equal(connection({ KAFKA_SSL_CA_FILE: ca }).tls, undefined, 'not without KAFKA_SSL');
    const { tls } = connection({ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: ca });
    assert.deepEqual(tls?.(), { ca: 'one' });
    file('ca.pem', 'two');
    assert.deepEqual(tls?.(), { ca: 'two' });
    assert.throws(() => connection({ KAFKA_SSL: 'perhaps' }), /must be true or false/);
  });
  it('put a prefix before every name, and take it off again', () => {
    const { inside, outside } = namesAt(connection({ KAFKA_PREFIX: 'west.' }));
    assert.equal(outside('rooms.events'), 'west.rooms.events');
    assert.equal(inside('west.rooms.events'), 'rooms.events');
    assert.throws(() => connection({ KAFKA_PREFIX: 'a b' }), /must be letters/);
  });
});
