/**
 * The doors of the stack's Kafka: who does not say who he is is let in by none. And TLS, with a certificate
 * of an authority of one's own, and files that are replaced.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { KafkaConnection, Sasl } from '@sagakit/kafka/connection';
import { createConsumer } from '@sagakit/kafka/kafkajs/consumer';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { connectionOf, KafkaSettings } from '@sagakit/kafka/settings';
import { quiet } from '@sagakit/resilience/log';
import { asksKafka } from '@sagakit/testing/asks-kafka';
import { eventually } from '@sagakit/testing/eventually';
import { kafkaSpec } from './components/kafka.ts';
import { type Credentials, setUpKafka } from './components/kafka-users.ts';
import { freePort } from './ports.ts';
import { superviseHere } from './supervised-here.ts';
import type { Supervised } from './supervised.ts';
import { temporaryStackDir } from './temporary-dir.ts';

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });

/** An authority, and a certificate that it gave to whoever is at 127.0.0.1. */
function certificatesIn(folder: string): { ca: string; certificate: string } {
  mkdirSync(folder);
  const at = (name: string) => path.join(folder, name);
  const fresh = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...fresh,
    '-days',
    '2',
    '-subj',
    '/CN=ca',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  );
  openssl('req', ...fresh, '-subj', '/CN=kafka', '-keyout', at('kafka.key'), '-out', at('kafka.csr'));
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1');
  const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')];
  openssl('x509', '-req', '-days', '2', '-in', at('kafka.csr'), ...by, '-out', at('kafka.pem'));
  writeFileSync(
    at('both.pem'),
    readFileSync(at('kafka.key'), 'utf8') + readFileSync(at('kafka.pem'), 'utf8'),
  );
  return { ca: at('ca.pem'), certificate: at('both.pem') };
}

describe('Kafka', () => {
  let dir: string;
  let spec: Awaited<ReturnType<typeof kafkaSpec>>;
  let broker: Supervised;
  let credentials: Credentials;
  let port: number;
  let good: string;
  let strange: string;
  before(async () => {
    dir = temporaryStackDir('kafka-tls');
    mkdirSync(dir, { recursive: true });
    const { ca, certificate } = certificatesIn(path.join(dir, 'good'));
    good = ca;
    strange = certificatesIn(path.join(dir, 'strange')).ca;
    port = await freePort();
    spec = await kafkaSpec({
      dataDir: dir,
      log: path.join(dir, 'kafka.log'),
      port: await freePort(),
      controllerPort: await freePort(),
      jit: 'c1',
      tls: { port, certificate },
      say: () => {},
    });
    credentials = spec.credentials;
    broker = superviseHere(spec);
    await broker.start();
  });
  after(async () => {
    await broker.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const connection = (ca: string | undefined): KafkaConnection => {
    const settings = KafkaSettings.parse({
      KAFKA_BROKERS: `127.0.0.1:${port}`,
      KAFKA_SASL_USERNAME: 'payment',
      KAFKA_SASL_PASSWORD_FILE: credentials.fileOf('payment'),
      KAFKA_SSL: 'true',
      ...(ca ? { KAFKA_SSL_CA_FILE: ca } : {}),
    });
    return connectionOf(settings, 'test');
  };
  it('asks at each of its doors who comes, before anybody is known there', async () => {
    const settings = readFileSync(path.join(dir, 'kafka/server.properties'), 'utf8');
    const doors = /^listeners=(.*)$/m.exec(settings)?.[1]?.split(',') ?? [];
    assert.deepEqual(
      doors.map((door) => door.split(':')[0]),
      ['CLIENTS', 'CONTROLLER', 'TLS'],
    );
    const nobody: Record<string, Sasl | undefined> = {
      'who does not say who he is': undefined,
      'a wrong password': { mechanism: 'scram-sha-512', username: 'admin', password: 'wrong' },
      'a password in the clear': {
        mechanism: 'plain',
        username: 'admin',
        password: credentials.passwordOf('admin'),
      },
    };
    for (const door of doors)
      for (const [who, sasl] of Object.entries(nobody)) {
        const [name = '', address = ''] = door.split('://');
        const tls = name === 'TLS' ? connection(good).tls : undefined;
        const as = { ...connection(good), brokers: [address], sasl, tls };
        await assert.rejects(asksKafka(as), `${name} lets in ${who}`);
      }
  });
  it('is talked to by nobody who does not know its certificate', async () => {
    await setUpKafka(spec);
    for (const ca of [undefined, strange]) await assert.rejects(asksKafka(connection(ca)), /certificate/);
    assert.ok((await asksKafka(connection(good))).includes('payment.events'));
  });
  it('is written and read by TLS, with a password, and its clients read the authority again for each connection', async () => {
    const ca = path.join(dir, 'ca.pem');
    copyFileSync(strange, ca);
    const as = connection(ca);
    const values: string[] = [];
    const consumer = createConsumer({
      kafka: as,
      groupId: 'payment',
      topics: ['payment.commands'],
      partitionCount: 3,
      onBatch: async (records) => void values.push(...records.map(({ value }) => String(value))),
      onDead: ({ message }) => values.push(`dead: ${message}`),
      log: quiet,
    });
    const started = consumer.start();
    assert.equal(consumer.state(), 'away');
    copyFileSync(good, ca);
    await started;
    await eventually('it is let in, by itself', () => consumer.state() === 'joined');
    await sendRecords(as, [{ topic: 'payment.events', key: 'a', value: 'by TLS', headers: {} }]);
    await consumer.stop();
    assert.deepEqual(values, []);
  });
});
