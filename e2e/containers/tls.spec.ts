/**
 * docker-compose.yml with infra/compose/tls.yml beside it, from the first start on, in a project of its own:
 * an order goes through, everybody speaks TLS, and who does not is refused.
 */
import { CONSOLE, DATABASE_OWNERS, SERVICES } from '@order-saga/contracts/system';
import type { KafkaConnection } from '@sagakit/kafka/connection';
import { createAuthority } from '@sagakit/testing/certificates';
import { queryAt } from '@sagakit/testing/connected';
import { expect, test } from '@playwright/test';
import { orderBody } from '@order-saga/tools/shop/client';
import { databaseOf, kafkaOf, type StackState } from '../../tools/stack/state.ts';
import { asksKafka } from '@sagakit/testing/asks-kafka';
import { docker } from '../support/docker.ts';
import { underLoad } from '../support/load.ts';
import { ownContainers } from '../support/own-containers.ts';
import { commandsIn } from '../support/runbook.ts';

const FILES = 'docker-compose.yml:infra/compose/tls.yml';
const own = ownContainers('tls', { COMPOSE_FILE: FILES });
const container = (service: string) => `${own.project}-${service}-1`;
let state: StackState;
/** The authority of the first start. */
let first: string;

/** As docs/security.md prints it. */
const NEW_AUTHORITY = ['docker compose run --rm certificates new', 'docker compose restart kafka postgres'];

test.setTimeout(420_000);
test.beforeAll(async () => {
  test.setTimeout(420_000);
  await own.up();
  state = await own.state();
  first = String(kafkaOf(state, 'e2e').tls?.().ca);
});
test.afterAll(() => own.remove());

test('an order goes through, and everybody comes to PostgreSQL by TLS', async () => {
  const shop = await own.shop();
  const { orderId } = await shop.placed(orderBody([{ sku: 'SKU-0001', quantity: 1 }]));
  expect((await shop.ended(orderId)).status).toBe('CONFIRMED');

  const { url = '' } = state.components.find(({ name }) => name === 'postgres') ?? {};
  const connected = await queryAt<{ usename: string; encrypted: boolean }>(
    url,
    `select usename, bool_and(ssl) as encrypted from pg_stat_ssl join pg_stat_activity using (pid)
     where client_addr is not null group by usename`,
  );
  const roles = DATABASE_OWNERS.map((name) => name.replaceAll('-', '_'));
  expect(connected.map(({ usename }) => usename)).toEqual(expect.arrayContaining(roles));
  expect(connected.filter(({ encrypted }) => !encrypted)).toEqual([]);
});

test('at Kafka a client without TLS is refused, and refuses a broker whom another vouches for', async () => {
  const kafka = kafkaOf(state, 'e2e', 'payment');
  expect(await asksKafka(kafka)).toContain('payment.events');
  const strange: KafkaConnection = { ...kafka, tls: () => ({ ca: createAuthority('strange').certificate }) };
  await expect(asksKafka({ ...kafka, tls: undefined })).rejects.toThrow(/connection/i);
  await expect(asksKafka(strange)).rejects.toThrow(/certificate/);
  await expect(asksKafka({ ...kafka, tls: () => ({}) })).rejects.toThrow(/certificate/);
});

test('at PostgreSQL a client without TLS is refused, and refuses a server that nobody vouches for', async () => {
  const url = new URL(databaseOf(state, 'payment'));
  await queryAt(url.href, 'select 1');
  url.search = '';
  await expect(queryAt(url.href, 'select 1')).rejects.toThrow(/no pg_hba.conf entry .*no encryption/);
  url.search = 'sslmode=verify-full';
  await expect(queryAt(url.href, 'select 1')).rejects.toThrow(/certificate/);
});

test('inside, the broker shows its own name, and to plain text it says nothing', async () => {
  // What the services meet; from this machine one comes by another listener.
  const script = `
    const [net, tls, fs] = ['net', 'tls', 'fs'].map((name) => require(name));
    const ca = fs.readFileSync('/run/tls/ca.crt');
    const told = new Promise((resolve, reject) => {
      const socket = tls.connect({ host: 'kafka', port: 9092, servername: 'kafka', ca }, () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      }).on('error', reject);
    });
    // ApiVersions, as any client begins.
    const hello = Buffer.from('0000001100120000000000010007706c61696e2d31', 'hex');
    const plain = new Promise((resolve) => {
      let bytes = 0;
      const socket = net.connect(9092, 'kafka', () => socket.write(hello));
      socket.on('data', (chunk) => (bytes = chunk[0] === 0x15 ? bytes : bytes + chunk.length));
      socket.on('error', () => {}).on('close', () => resolve(bytes));
    });
    Promise.all([told, plain]).then((seen) => console.log(seen.join(' ')));`;
  expect(await docker('exec', container('order'), 'node', '-e', script)).toBe('kafka 0');
});

test('the docs print what is done here', () => {
  const printed = commandsIn('docs/security.md');
  expect(printed).toContain(`export COMPOSE_FILE=${FILES}`);
  for (const command of NEW_AUTHORITY) expect(printed).toContain(command);
});

test('each key is read by its own server alone', async () => {
  for (const service of [...SERVICES, CONSOLE.name])
    expect(await docker('exec', container(service), 'ls', '/run/tls'), service).toBe('ca.crt');
  for (const [server, user] of [
    ['kafka', 1000],
    ['postgres', 999],
  ] as const)
    expect(await docker('exec', container(server), 'stat', '-c', '%a %u', '/run/tls/server.pem')).toBe(
      `400 ${user}`,
    );
  expect(await docker('ps', '--quiet', '--filter', `volume=${own.project}_tls-authority`)).toBe('');
});

test('another authority takes over under load, and no order is lost', async () => {
  const on = { shop: await own.shop(), state: () => state };
  const { accepted } = await underLoad(
    async () => {
      for (const command of NEW_AUTHORITY) await own.shell(command);
      state = await own.state();
    },
    { on },
  );
  expect(accepted.length).toBeGreaterThan(10);
  const kafka = kafkaOf(state, 'e2e', 'payment');
  expect(await asksKafka(kafka)).toContain('payment.events');
  await expect(asksKafka({ ...kafka, tls: () => ({ ca: first }) })).rejects.toThrow(/certificate/);
});

test('the jobs of the next start find nothing to do', async () => {
  expect(await own.compose('run', '--rm', 'certificates')).toContain('every certificate holds');
  expect(await own.compose('run', '--rm', '--no-deps', 'databases')).toContain('"done":[]');
  expect(await own.compose('run', '--rm', '--no-deps', 'topics')).toContain('all topics are there');
});
