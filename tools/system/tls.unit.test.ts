/**
 * infra/compose/tls.yml beside docker-compose.yml: nobody who speaks to Kafka or PostgreSQL is left out of
 * it, and no door stays open beside it. Whether it works is told by e2e/containers/tls.spec.ts.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSOLE, SERVICES } from '@order-saga/contracts/system';
import { servicesIn, valueOf } from './compose-text.ts';

const plain = servicesIn('docker-compose.yml');
const tls = servicesIn('infra/compose/tls.yml');
const SUFFIX = '?sslmode=verify-full&sslrootcert=/run/tls/ca.crt';
/** What the server's command sets. */
const settingsOf = (service: string | undefined) => service?.match(/\b[a-z_]+=[^\s,\]]+/g) ?? [];

describe('containers that speak TLS', () => {
  const withKafka = [...plain].filter(([, text]) => /<<: \*environment$|KAFKA_BROKERS: kafka:/m.test(text));
  const withDatabase = [...plain].filter(([, text]) => text.includes('@postgres:5432/'));

  it('are looked for where they are', () => {
    assert.deepEqual(withKafka.map(([name]) => name).sort(), [...SERVICES, CONSOLE.name, 'topics'].sort());
    const migrations = SERVICES.map((name) => `${name}-migrations`);
    assert.deepEqual(
      withDatabase.map(([name]) => name).sort(),
      [...SERVICES, ...migrations, CONSOLE.name].sort(),
    );
  });
  for (const [name] of withKafka)
    it(`${name} speaks it to Kafka, and knows it by the authority`, () => {
      assert.match(tls.get(name) ?? '', /(<<|environment): \*kafka\n/);
      assert.match(tls.get(name) ?? '', /volumes: \['tls-ca:\/run\/tls:ro'\]/);
    });
  for (const [name, text] of withDatabase)
    it(`${name} speaks it to PostgreSQL, and asks who it is`, () => {
      const urls = text.match(/\S+_URL: postgres:\S+/g) ?? [];
      assert.ok(urls.length > 0);
      for (const url of urls) assert.ok(tls.get(name)?.includes(`${url}${SUFFIX}\n`), url);
      assert.match(tls.get(name) ?? '', /volumes: \['tls-ca:\/run\/tls:ro'\]/);
    });

  it('leave no listener of Kafka open that others reach', () => {
    const listeners = valueOf(plain.get('kafka'), 'KAFKA_LISTENERS').split(',');
    const protocols = new Map(
      valueOf(tls.get('kafka'), 'KAFKA_LISTENER_SECURITY_PROTOCOL_MAP')
        .split(',')
        .map((each) => each.split(':') as [string, string]),
    );
    assert.equal(protocols.size, listeners.length);
    for (const listener of listeners) {
      const [name = '', host] = listener.split('://');
      if (!host?.startsWith('localhost:')) assert.equal(protocols.get(name), 'SASL_SSL', listener);
    }
  });
  it('leave PostgreSQL its other settings', () => {
    const before = settingsOf(plain.get('postgres')?.split('environment:')[0]);
    assert.ok(before.length >= 2, before.join());
    assert.deepEqual(settingsOf(tls.get('postgres')).slice(0, before.length), before);
  });
  it('see no key: each server has its own, and the job that makes them all', () => {
    const having = (volume: string) =>
      [...tls].flatMap(([name, text]) => (text.includes(volume) ? [name] : []));
    assert.deepEqual(having('tls-authority:'), ['certificates']);
    assert.deepEqual(having('tls-kafka:'), ['kafka', 'certificates']);
    assert.deepEqual(having('tls-postgres:'), ['postgres', 'certificates']);
  });
});
